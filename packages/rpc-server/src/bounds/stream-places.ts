import type { ConnectionLimits } from "../limits/limits.js";
import { ByPeer } from "../peer/by-peer.js";
import type { ListenerObserver } from "./listener-observer.js";

type Limits = Pick<ConnectionLimits, "maxStreams" | "maxAnonymousStreams" | "maxAnonymousStreamsPerPeer">;

/** The holder of a place: one HTTP/2 stream or one HTTP/1.1 request. */
interface Holder {
  readonly peerGroup: string;
  /** Ends it immediately, for a newer one. Must not throw. */
  end(): void;
}

/**
 * Limits the calls under way in this process. Those without an authenticated caller (health checks, refused calls whose client does not read) have
 * few places, and a new one replaces the oldest. Calls of authenticated callers are never ended.
 */
export class StreamPlaces {
  #open = 0;
  readonly #anonymous = new ByPeer<StreamPlace>();

  constructor(
    private readonly limits: Limits,
    private readonly observer: ListenerObserver,
  ) {}

  /** Undefined if every place is taken by a call that must not be ended. */
  take(holder: Holder): StreamPlace | undefined {
    if (this.#open >= this.limits.maxStreams && !this.#endOldest(this.#anonymous.all(), "anonymous")) {
      this.observer.streamRefused("process");
      return undefined;
    }
    this.#open += 1;
    return new StreamPlace(holder, this);
  }

  /** Called by a place only: its call has no authenticated caller. */
  keepAnonymous(place: StreamPlace): void {
    const { maxAnonymousStreams, maxAnonymousStreamsPerPeer } = this.limits;
    if (this.#anonymous.sizeOf(place.peerGroup) >= maxAnonymousStreamsPerPeer) {
      this.#endOldest(this.#anonymous.of(place.peerGroup), "anonymous_peer");
    } else if (this.#anonymous.size >= maxAnonymousStreams) {
      this.#endOldest(this.#anonymous.all(), "anonymous");
    }
    this.#anonymous.add(place);
  }

  /** Called by a place only: it is free. */
  free(place: StreamPlace): void {
    this.#open -= 1;
    this.#anonymous.delete(place);
  }

  #endOldest(places: Iterable<StreamPlace>, reason: "anonymous" | "anonymous_peer"): boolean {
    for (const oldest of places) {
      oldest.end();
      this.observer.streamRefused(reason);
      return true;
    }
    return false;
  }
}

/** One call's place among those under way. */
export class StreamPlace {
  #released = false;

  constructor(
    private readonly holder: Holder,
    private readonly places: StreamPlaces,
  ) {}

  get peerGroup(): string {
    return this.holder.peerGroup;
  }

  /** The credential was checked. A call without an authenticated caller may lose its place to a newer one. */
  judged(authenticated: boolean): void {
    if (!authenticated && !this.#released) this.places.keepAnonymous(this);
  }

  /** The stream has ended. Harmless when repeated. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.places.free(this);
  }

  /** Ends its holder, for a newer one. */
  end(): void {
    this.release();
    this.holder.end();
  }
}
