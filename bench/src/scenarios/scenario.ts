import type { LoadResult } from "../load/load-run.js";
import type { RequestSpec } from "../load/requests.js";
import type { StartedServer } from "../servers/started-server.js";

/** One thing to measure, again and again. */
export interface Scenario {
  readonly name: string;
  /** Calls are spread evenly over them; what they cost is added up. */
  readonly servers: readonly StartedServer[];
  readonly inFlight: readonly number[];
  /** Makes the servers ready for one measurement and tells what to send. */
  readonly prepare: () => Promise<RequestSpec>;
  /** Load on the side, at a fixed rate. */
  readonly background?: { readonly ratePerSecond: number; readonly prepare: () => Promise<RequestSpec> };
}

/** One measurement, told apart by `name` and `inFlight`. */
export interface Measurement {
  readonly name: string;
  readonly inFlight: number;
  readonly result: LoadResult;
}
