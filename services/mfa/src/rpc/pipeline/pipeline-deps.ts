import type { Log } from "../../telemetry/log.js";
import type { DescribeError } from "../errors.js";
import type { Admit, Authenticate, Permit } from "./authenticate.js";
import type { HeaderLookup, Peer, Rpc } from "./call-context.js";
import type { CallObserver, Protocol } from "./call-report.js";
import type { InFlight } from "./in-flight.js";
import type { Timeout } from "./timeout.js";

/** What a transport knows of a call when its headers have arrived. */
export interface IncomingCall {
  readonly rpc: Rpc;
  readonly protocol: Protocol;
  readonly header: HeaderLookup;
  readonly peer: Peer;
  readonly timeout: Timeout;
  /** A stream has no deadline but its client's. */
  readonly streaming: boolean;
}

export interface PipelineDeps {
  readonly authenticate: Authenticate;
  readonly admit: Admit;
  readonly permit: Permit;
  readonly observer: CallObserver;
  readonly describe: DescribeError;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly deadlines: { readonly defaultMs: number; readonly maxMs: number };
  readonly inFlight: InFlight;
}
