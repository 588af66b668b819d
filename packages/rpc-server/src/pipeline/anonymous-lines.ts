import type { Log } from "@countersign/telemetry-ports";
import { PeerBuckets } from "../peer/peer-buckets.js";
import { peerGroup } from "../peer/peer-group.js";
import { type Budget, TokenBucket } from "../peer/token-bucket.js";

export interface LineLimits {
  readonly perPeer: Budget;
  readonly all: Budget;
}

export const DEFAULT_LINE_LIMITS: LineLimits = {
  perPeer: { burst: 100, perSecond: 1 },
  all: { burst: 500, perSecond: 20 },
};

const SUMMARY_MS = 10_000;

interface AnonymousLinesDeps {
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Called for each omitted line. Must not throw. */
  readonly onSuppressed: () => void;
  readonly limits: LineLimits;
}

/**
 * Limits the access lines of calls without an authenticated caller, which anyone can cause, so that they do not fill the disk. Omitted lines are
 * counted, and reported by one line every ten seconds.
 */
export class AnonymousLines {
  readonly #all: TokenBucket;
  readonly #byPeer: PeerBuckets;
  #suppressed = 0;

  constructor(private readonly deps: AnonymousLinesDeps) {
    this.#all = new TokenBucket(deps.limits.all, deps.clock());
    this.#byPeer = new PeerBuckets(deps.limits.perPeer);
  }

  /** Whether a line about a call from the address may be written. */
  allow(address: string): boolean {
    const now = this.deps.clock();
    if (this.#byPeer.take(peerGroup(address), now) && this.#all.take(now)) return true;
    this.#suppress();
    return false;
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
