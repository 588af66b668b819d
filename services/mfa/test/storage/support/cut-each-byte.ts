import { type Cut, type FaultProxy, startFaultProxy } from "../../support/stores/fault-proxy.js";

export const CUTS = ["reset", "end", "half-close"] as const;

/** Concurrent sweeps, each with its own connections: they mostly wait for the next connection. */
const SCOPES = 8;

export interface Sweep<Client extends AsyncDisposable> {
  readonly server: { readonly host: string; readonly port: number };
  readonly open: (proxy: FaultProxy) => Promise<Client>;
  readonly by: Cut["by"];
  readonly direction?: Cut["direction"];
  /** Bytes from one cut to the next. */
  readonly step?: number;
  /** Must check each answer. The first connection that it uses is cut, those after it are not. */
  readonly round: (client: Client, proxy: FaultProxy) => Promise<void>;
  /** Whether a round makes a connection anew and has that one cut, rather than the one before left open. */
  readonly fresh?: boolean;
}

/** Runs rounds in which a connection is cut after 0, 1, 2, … bytes, until one is over before its cut. Answers how many bytes that took. */
export async function cutAfterEachByte<Client extends AsyncDisposable>(
  sweep: Sweep<Client>,
): Promise<number> {
  const scopes = Array.from({ length: SCOPES }, (_, scope) => cutEvery(sweep, scope));
  return Math.max(...(await Promise.all(scopes)));
}

async function cutEvery<Client extends AsyncDisposable>(
  sweep: Sweep<Client>,
  scope: number,
): Promise<number> {
  const { step = 1, by, direction = "to-client", fresh = false } = sweep;
  await using proxy = await startFaultProxy(sweep.server);
  await using client = await sweep.open(proxy);
  for (let cutAfter = scope * step; ; cutAfter += SCOPES * step) {
    if (fresh) await proxy.set("reset");
    const cut = proxy.accepted - (fresh ? 0 : 1);
    const uncut = cut + 1;
    await proxy.set((connection) => (connection === cut ? { cutAfter, direction, by } : "pass"));
    await sweep.round(client, proxy);
    if (proxy.accepted <= uncut) return cutAfter;
  }
}
