import { type Budget, TokenBucket } from "./token-bucket.js";

/** Peer groups that are remembered; a new one replaces the one seen first. */
const MAX_PEERS = 1_000;

/** One bucket for each peer group. */
export class PeerBuckets {
  readonly #byPeer = new Map<string, TokenBucket>();

  constructor(private readonly budget: Budget) {}

  take(peerGroup: string, now: number): boolean {
    return this.#bucketOf(peerGroup, now).take(now);
  }

  forget(peerGroup: string): void {
    this.#byPeer.delete(peerGroup);
  }

  #bucketOf(peerGroup: string, now: number): TokenBucket {
    const known = this.#byPeer.get(peerGroup);
    if (known !== undefined) return known;
    const [oldest] = this.#byPeer.size >= MAX_PEERS ? this.#byPeer.keys() : [];
    if (oldest !== undefined) this.#byPeer.delete(oldest);
    const bucket = new TokenBucket(this.budget, now);
    this.#byPeer.set(peerGroup, bucket);
    return bucket;
  }
}
