import { parentPort, workerData } from "node:worker_threads";
import type { FloodTarget } from "./flood-connection.js";
import { FLOODS, type FloodKind } from "./kinds.js";

/** What the thread is started with. Its messages are the number of requests or connections that it has opened so far. */
export interface FloodOrder {
  readonly kind: FloodKind;
  readonly target: FloodTarget;
  readonly paths: readonly string[];
}

const { kind, target, paths } = workerData as FloodOrder;
let calls = 0;
const stop = FLOODS[kind](target, paths, (more) => {
  calls += more;
});
const timer = setInterval(() => parentPort?.postMessage(calls), 200);
parentPort?.once("message", () => {
  clearInterval(timer);
  stop();
  parentPort?.postMessage(calls);
  parentPort?.close();
});
