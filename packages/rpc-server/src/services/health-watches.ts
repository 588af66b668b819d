import { TransportError } from "../errors/transport-error.js";
import type { WatchLimits } from "../limits/limits.js";
import type { Peer } from "../peer/peer.js";
import { peerGroup } from "../peer/peer-group.js";

const RETRY_AFTER_MS = 10_000;

export const WATCH_REFUSALS = ["process", "peer", "connection"] as const;
export type WatchRefusal = (typeof WATCH_REFUSALS)[number];

/** The open health watches. Each keeps a stream open for minutes, so their number is limited. */
export class HealthWatches {
  #open = 0;
  readonly #byPeer = new Map<string, number>();
  /** One Peer is one connection. */
  readonly #byConnection = new Map<Peer, number>();

  constructor(
    private readonly limits: WatchLimits,
    private readonly onRefused: (reason: WatchRefusal) => void,
  ) {}

  get open(): number {
    return this.#open;
  }

  /** Counts a watch and returns the callback for its end. Throws OVERLOADED if there are too many. */
  begin(peer: Peer): () => void {
    const group = peerGroup(peer.address);
    const full = this.#fullFor(peer, group);
    if (full !== undefined) {
      this.onRefused(full);
      throw new TransportError("OVERLOADED", "too many health watches", { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#count(peer, group, 1);
    return () => this.#count(peer, group, -1);
  }

  #fullFor(peer: Peer, group: string): WatchRefusal | undefined {
    const { max, maxPerPeer, maxPerConnection } = this.limits;
    if (this.#open >= max) return "process";
    if ((this.#byConnection.get(peer) ?? 0) >= maxPerConnection) return "connection";
    return (this.#byPeer.get(group) ?? 0) >= maxPerPeer ? "peer" : undefined;
  }

  #count(peer: Peer, group: string, change: 1 | -1): void {
    this.#open += change;
    add(this.#byPeer, group, change);
    add(this.#byConnection, peer, change);
  }
}

function add<K>(counts: Map<K, number>, key: K, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
