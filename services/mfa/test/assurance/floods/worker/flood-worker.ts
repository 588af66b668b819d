import type { FloodTarget } from "./flood-connection.js";
import { FLOODS, type FloodKind } from "./kinds.js";

/** What the process is told first. Its messages are the number of requests or connections that it has opened so far. */
export interface FloodOrder {
  readonly kind: FloodKind;
  readonly target: FloodTarget;
  readonly paths: readonly string[];
  /** Of the streams and connections in a second and the connections that the kind has, from 0 to 1. */
  readonly share: number;
}

const REPORT_MS = 200;

process.once("message", (order) => {
  const { kind, target, paths, share } = order as FloodOrder;
  let calls = 0;
  const stop = FLOODS[kind]({ ...target, share }, paths, (more) => {
    calls += more;
  });
  const report = () => process.send?.(calls);
  const timer = setInterval(report, REPORT_MS);
  report();
  process.once("message", () => {
    clearInterval(timer);
    stop();
    process.send?.(calls, () => process.disconnect());
  });
  // Its parent has gone.
  process.once("disconnect", () => process.exit());
});
