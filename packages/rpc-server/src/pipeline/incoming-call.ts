import type { HeaderLookup } from "../peer/loopback.js";
import type { Peer } from "../peer/peer.js";
import type { Rpc } from "./call-context.js";
import type { Protocol } from "./call-report.js";
import type { Timeout } from "./timeout.js";

/** What is known of a call when its headers have arrived. */
export interface IncomingCall {
  readonly rpc: Rpc;
  readonly protocol: Protocol;
  readonly header: HeaderLookup;
  readonly peer: Peer;
  readonly timeout: Timeout;
  /** A stream has no deadline except its client's. */
  readonly streaming: boolean;
  /** Called once with whether the call has an authenticated caller, as soon as it is known. Must not throw. */
  readonly onJudged?: ((authenticated: boolean) => void) | undefined;
}
