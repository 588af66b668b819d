import type { Log } from "@countersign/telemetry-ports";
import type { DescribeError, RecognizeError } from "../errors/rpc-error.js";
import type { Admit, Authenticate, Permit } from "./authenticate.js";
import type { CallObserver } from "./call-report.js";
import type { CallSpans } from "./call-span.js";
import type { InFlight } from "./in-flight.js";

export interface PipelineDeps {
  readonly authenticate: Authenticate;
  readonly admit: Admit;
  readonly permit: Permit;
  readonly observer: CallObserver;
  /** Undefined if tracing is off. */
  readonly spans: CallSpans | undefined;
  readonly describe: DescribeError;
  readonly recognize: RecognizeError;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly deadlines: { readonly defaultMs: number; readonly maxMs: number };
  readonly inFlight: InFlight;
  /** Whether to write another line about a store that fails in this way. */
  readonly isNews: (kind: string) => boolean;
}
