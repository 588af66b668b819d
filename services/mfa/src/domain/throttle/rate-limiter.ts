import type { RateLimit } from "./rate-limit.js";

/** Tokens taken from a bucket. `retryAfterMs`: time until it has a token again; 0 if it still has one. */
export interface Taken {
  readonly taken: number;
  readonly retryAfterMs: number;
}

/**
 * Token buckets by name.
 *
 * `take` must take as many of the wanted tokens as there are, in one atomic step: over all replicas no more than `burst + perMinute × t` are granted
 * in any t minutes. A changed limit applies from the next call. Every method must throw MfaError STORE_UNAVAILABLE on any fault, and never grant what
 * it did not count.
 */
export interface RateLimiter {
  take(name: string, wanted: number, limit: RateLimit): Promise<Taken>;
}
