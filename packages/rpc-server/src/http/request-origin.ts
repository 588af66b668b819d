import type { Peer } from "../peer/peer.js";

/** Where a request came from, and who hears whether it has an authenticated caller. */
export interface RequestOrigin {
  readonly peer: Peer;
  /** Called once for each call, as soon as its credential was looked at. Must not throw. */
  readonly onJudged: (authenticated: boolean) => void;
}
