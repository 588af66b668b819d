import type { Log } from "@countersign/telemetry-ports";
import type { WatchOptions } from "./watched.js";

/** The sources that the service watches while it runs. */
export type ReloadSource = "geoip" | "policy" | "callers" | "caller_keys" | "tls" | "stores";

/** Counts reloads; must not throw. */
export type ReloadObserver = (source: ReloadSource, outcome: "applied" | "refused") => void;

/** Often enough for a removed caller and a renewed certificate, seldom enough to cost nothing. */
export const RELOAD_INTERVAL_MS = 10_000;

export interface Reloads {
  readonly log: Log;
  readonly observe: ReloadObserver;
  /** Between two reads of a file. */
  readonly intervalMs: number;
}

const NAMES: Readonly<Record<ReloadSource, string>> = {
  geoip: "country database",
  policy: "security policy",
  callers: "callers file",
  caller_keys: "keys of bearer tokens",
  tls: "certificates of the listener",
  stores: "addresses of the stores",
};

/** Logs each reload and each failed one. */
export function reporting<T>(
  source: ReloadSource,
  { log, observe }: Reloads,
  apply?: (value: T) => void,
): Pick<WatchOptions<unknown, T>, "onReload" | "onRefused" | "onMended"> {
  return {
    onReload(value) {
      apply?.(value);
      log.info({ source }, "reloaded");
      observe(source, "applied");
    },
    onRefused(problems) {
      log.error({ source, problems }, `reload failed; keeping the previous ${NAMES[source]}`);
      observe(source, "refused");
    },
    onMended: () => log.info({ source }, `${NAMES[source]} valid again`),
  };
}
