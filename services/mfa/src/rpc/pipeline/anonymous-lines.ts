import type { Log } from "@countersign/telemetry-ports";
import { peerGroup } from "./peer-group.js";

/** A number of lines that may come at once, and how many of them come back in a second. */
interface Budget {
  readonly burst: number;
  readonly perSecond: number;
}

export interface LineLimits {
  readonly perPeer: Budget;
  readonly all: Budget;
}

export const DEFAULT_LINE_LIMITS: LineLimits = {
  perPeer: { burst: 100, perSecond: 1 },
  all: { burst: 500, perSecond: 20 },
};

/** Peer addresses that are remembered; the one seen first is forgotten for a new one. */
const MAX_PEERS = 1_000;
const SUMMARY_MS = 10_000;

interface AnonymousLinesDeps {
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Called for each line that is left out. Must not throw. */
  readonly onSuppressed: () => void;
  readonly limits: LineLimits;
}

/**
 * Bounds the access lines of calls without an authenticated caller: anybody can make those, and a disk has an end. What was left
 * out is counted, and told by one line every ten seconds.
 */
export class AnonymousLines {
  readonly #all: Bucket;
  readonly #byPeer = new Map<string, Bucket>();
  #suppressed = 0;

  constructor(private readonly deps: AnonymousLinesDeps) {
    this.#all = new Bucket(deps.limits.all, deps.clock());
  }

  /** Whether a line about a call from the address may be written. */
  allow(address: string): boolean {
    const now = this.deps.clock();
    if (this.#bucketOf(peerGroup(address), now).take(now) && this.#all.take(now)) return true;
    this.#suppress();
    return false;
  }

  #bucketOf(group: string, now: number): Bucket {
    const known = this.#byPeer.get(group);
    if (known !== undefined) return known;
    const [oldest] = this.#byPeer.size >= MAX_PEERS ? this.#byPeer.keys() : [];
    if (oldest !== undefined) this.#byPeer.delete(oldest);
    const bucket = new Bucket(this.deps.limits.perPeer, now);
    this.#byPeer.set(group, bucket);
    return bucket;
  }

  #suppress(): void {
    this.deps.onSuppressed();
    this.#suppressed += 1;
    if (this.#suppressed > 1) return;
    setTimeout(() => {
      const lines = this.#suppressed;
      this.#suppressed = 0;
      this.deps.log.warn({ lines }, "access lines of calls without an authenticated caller were left out");
    }, SUMMARY_MS).unref();
  }
}

class Bucket {
  #tokens: number;

  constructor(
    private readonly budget: Budget,
    private updatedAt: number,
  ) {
    this.#tokens = budget.burst;
  }

  take(now: number): boolean {
    const { burst, perSecond } = this.budget;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.updatedAt) / 1_000) * perSecond);
    this.updatedAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
