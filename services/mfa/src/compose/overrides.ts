import type { Log } from "@countersign/telemetry-ports";
import type { ReloadObserver } from "../reload/reloads.js";
import type { WorldOverrides } from "./use-case-deps.js";

/** Values that a test or a benchmark may replace. None can be set by configuration. */
export interface Overrides extends WorldOverrides {
  readonly log?: Log;
  readonly onReload?: ReloadObserver;
  readonly reloadIntervalMs?: number;
  /** This host's clock, for comparison with the stores' clocks. */
  readonly hostClock?: () => number;
  readonly clockCheckIntervalMs?: number;
}
