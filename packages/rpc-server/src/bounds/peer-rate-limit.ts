import { PeerBuckets } from "../peer/peer-buckets.js";

/** The burst, as a multiple of the rate per second. */
const BURST_S = 5;
/** Peers with a caller that are remembered; the one that connected longest ago is forgotten for a new one. */
const MAX_KNOWN_PEERS = 10_000;

/**
 * Limits how fast a peer may connect, and call without a caller, until a caller has been authenticated there once. From then on it may be a mesh or a
 * proxy, where one caller's excess must not harm another: it is limited by what it holds, not by rate.
 */
export class PeerRateLimit {
  readonly #known = new Set<string>();
  readonly #strangers: PeerBuckets | undefined;

  /** 0 means no limit. */
  constructor(perSecond: number) {
    if (perSecond > 0) this.#strangers = new PeerBuckets({ burst: perSecond * BURST_S, perSecond });
  }

  /** Counts a connection or call. False when there were too many. */
  take(peerGroup: string): boolean {
    if (this.#strangers === undefined || this.#known.has(peerGroup)) return true;
    return this.#strangers.take(peerGroup, performance.now());
  }

  /** A caller was authenticated there. */
  authenticated(peerGroup: string): void {
    if (!this.#known.delete(peerGroup) && this.#known.size >= MAX_KNOWN_PEERS) {
      const [oldest] = this.#known;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.add(peerGroup);
    this.#strangers?.forget(peerGroup);
  }
}
