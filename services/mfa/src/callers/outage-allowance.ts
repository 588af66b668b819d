import { type Bucket, type RateLimit, takeTokens } from "../domain/throttle/rate-limit.js";

/** How long calls continue while their bucket does not answer: a failover of one Redis node takes less. */
const OUTAGE_MS = 10_000;
/** Least time between the starts of two such periods, so that a store that fails every few seconds does not lift the limit. */
const APART_MS = 60_000;
/** The rate is measured over the last 2.5 to 5 seconds. */
const HALF_WINDOW_MS = 2_500;
/** Calls do not arrive evenly, and failed ones are retried. */
const HEADROOM = 2;
const SHORTEST_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * What one replica allows one caller while the shared bucket does not answer: for ten seconds up to twice the rate that the bucket last granted,
 * never above the limit itself. So each replica exceeds a caller's limit within any minute by at most eleven seconds' worth of it. A caller without a
 * recent grant on this replica gets nothing.
 */
export class OutageAllowance {
  #since: number | undefined;
  #before = 0;
  #granted = 0;
  #outage: { readonly start: number; readonly limit: RateLimit; bucket: Bucket | undefined } | undefined;

  /** Records tokens granted by the shared bucket. */
  granted(tokens: number, now: number): void {
    this.#since ??= now;
    const passed = now - this.#since;
    if (passed >= HALF_WINDOW_MS) {
      this.#before = passed >= 2 * HALF_WINDOW_MS ? 0 : this.#granted;
      this.#granted = 0;
      this.#since = now;
    }
    this.#granted += tokens;
  }

  /** Takes one token; false if the call must fail with the store's fault. */
  take(limit: RateLimit, now: number): boolean {
    if (this.#since === undefined) return false;
    if (this.#outage === undefined || now - this.#outage.start >= APART_MS) {
      this.#outage = { start: now, limit: this.#outageLimit(limit, this.#since, now), bucket: undefined };
    }
    const { start, limit: allowed, bucket } = this.#outage;
    if (now - start >= OUTAGE_MS) return false;
    const taken = takeTokens(bucket, { wanted: 1, at: now, limit: allowed });
    this.#outage.bucket = taken.bucket;
    return taken.taken === 1;
  }

  /** Starts with one second's worth of the limit: callers do not call evenly. */
  #outageLimit({ perMinute }: RateLimit, since: number, now: number): RateLimit {
    const measuredMs = Math.max(SHORTEST_MS, now - since + (this.#before > 0 ? HALF_WINDOW_MS : 0));
    const granted = ((this.#before + this.#granted) * MINUTE_MS) / measuredMs;
    return {
      perMinute: Math.max(1, Math.min(perMinute, HEADROOM * granted)),
      burst: Math.max(1, Math.floor(perMinute / 60)),
    };
  }
}
