import type { Log } from "@countersign/telemetry-ports";
import type { ReloadObserver } from "../reload/reloads.js";
import type { WorldOverrides } from "./use-case-deps.js";

/** What a test or a benchmark may state instead of the ambient world. None of it can be reached by configuration. */
export interface Overrides extends WorldOverrides {
  readonly log?: Log;
  readonly onReload?: ReloadObserver;
  readonly reloadIntervalMs?: number;
  /** This host's clock, which the stores' clocks are compared with. */
  readonly hostClock?: () => number;
  readonly clockCheckIntervalMs?: number;
}
