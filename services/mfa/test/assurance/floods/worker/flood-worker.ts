import { parentPort, workerData } from "node:worker_threads";
import type { FloodTarget } from "./flood-connection.js";
import { FLOODS, type FloodKind } from "./kinds.js";

/** What the thread is started with. Its messages are the number of requests or connections that it has opened so far. */
export interface FloodOrder {
  readonly kind: FloodKind;
  readonly target: FloodTarget;
  readonly paths: readonly string[];
  /** Of the streams in a second and the connections that the kind has, from 0 to 1. */
  readonly rate: number;
}

const { kind, target, paths, rate } = workerData as FloodOrder;
let calls = 0;
const stop = FLOODS[kind]({ ...target, rate }, paths, (more) => {
  calls += more;
});
const timer = setInterval(() => parentPort?.postMessage(calls), 200);
parentPort?.once("message", () => {
  clearInterval(timer);
  stop();
  parentPort?.postMessage(calls);
  parentPort?.close();
});
