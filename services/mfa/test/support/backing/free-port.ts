import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProcess } from "./server-process.js";

const PATIENCE_MS = 60_000;
const PORTS_TO_TRY = 3;
/** Both Postgres and Redis print it once they listen. */
const SAYS_READY = /ready to accept connections/i;

/** Starts a server and answers whether it serves requests on a port. */
export interface Startable {
  start(port: number): Promise<ServerProcess>;
  answers(port: number): Promise<boolean>;
}

/** Starts a server on a free loopback port and waits until it answers; takes another port if one was taken meanwhile. */
export async function startOnFreePort(what: Startable): Promise<{ port: number; server: ServerProcess }> {
  let output = "";
  for (let attempt = 0; attempt < PORTS_TO_TRY; attempt += 1) {
    const port = await freePort();
    const server = await what.start(port);
    if (await becomesReady(server, () => what.answers(port))) return { port, server };
    output = server.output();
    await server[Symbol.asyncDispose]();
  }
  throw new Error(`a throw-away server did not start:\n${output}`);
}

/** Waits until a server answers; false when it ends first or takes too long. */
export async function becomesReady(server: ServerProcess, answers: () => Promise<boolean>): Promise<boolean> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  while (!server.hasExited() && !patience.aborted) {
    // Its own word too: what answers may be another server that took the port while ours was starting.
    if (SAYS_READY.test(server.output()) && (await answers())) return true;
    await sleep(20);
  }
  return false;
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
