import {
  type Bucket,
  fullAfterMs,
  giveBackToken,
  type RateLimit,
  takeTokens,
} from "../../domain/throttle/rate-limit.js";
import type { RateLimiter, Taken } from "../../domain/throttle/rate-limiter.js";
import { ExpiringMap } from "./expiring-map.js";

/** Token buckets in this process, as the scripts store them in Redis. */
export class TokenBuckets {
  readonly #buckets: ExpiringMap<Bucket>;

  constructor(private readonly now: () => number) {
    this.#buckets = new ExpiringMap(now);
  }

  take(name: string, wanted: number, limit: RateLimit): Taken {
    const { bucket, taken, retryAfterMs } = takeTokens(this.#buckets.get(name), {
      wanted,
      at: this.now(),
      limit,
    });
    this.#buckets.set(name, bucket, fullAfterMs(limit));
    return { taken, retryAfterMs };
  }

  giveBack(name: string, limit: RateLimit): void {
    const known = this.#buckets.get(name);
    if (known === undefined) return;
    const bucket = giveBackToken(known, this.now(), limit);
    if (bucket === undefined) this.#buckets.delete(name);
    else this.#buckets.set(name, bucket, fullAfterMs(limit));
  }
}

export function createMemoryRateLimiter(now: () => number): RateLimiter {
  const buckets = new TokenBuckets(now);
  return { take: (name, wanted, limit) => Promise.resolve(buckets.take(name, wanted, limit)) };
}
