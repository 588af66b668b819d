import type { Peer } from "../peer/peer.js";

/** The peer of a request, and the callback for whether it has an authenticated caller. */
export interface RequestOrigin {
  readonly peer: Peer;
  /** Called once for each call, as soon as its credential was checked. Must not throw. */
  readonly onJudged: (authenticated: boolean) => void;
}
