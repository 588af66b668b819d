import { type Bucket, type RateLimit, takeTokens } from "../domain/throttle/rate-limit.js";

/** How long calls go on while their bucket does not answer: a failover of one Redis node takes less. */
const OUTAGE_MS = 10_000;
/** From the start of one such time to that of the next, so that a store that fails every few seconds lifts no limit. */
const APART_MS = 60_000;
/** The rate is that of the last 2.5 to 5 seconds. */
const HALF_WINDOW_MS = 2_500;
/** Calls do not come evenly, and those that failed are made again. */
const HEADROOM = 2;
const SHORTEST_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * What one replica lets one caller do while the bucket that all replicas share does not answer: for ten seconds it goes on at up to twice the
 * rate that the bucket granted it last, never above the limit's own. So a caller gets, of each replica and within any minute, at most eleven
 * seconds of its limit more than the limit. A caller that this replica was granted nothing for gets nothing.
 */
export class OutageAllowance {
  #since: number | undefined;
  #before = 0;
  #granted = 0;
  #outage: { readonly start: number; readonly limit: RateLimit; bucket: Bucket | undefined } | undefined;

  /** The shared bucket gave these. */
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

  /** Takes one token; false when the store's fault is the answer. */
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

  /** A full second of the limit to begin with: callers do not call evenly. */
  #outageLimit({ perMinute }: RateLimit, since: number, now: number): RateLimit {
    const measuredMs = Math.max(SHORTEST_MS, now - since + (this.#before > 0 ? HALF_WINDOW_MS : 0));
    const granted = ((this.#before + this.#granted) * MINUTE_MS) / measuredMs;
    return {
      perMinute: Math.max(1, Math.min(perMinute, HEADROOM * granted)),
      burst: Math.max(1, Math.floor(perMinute / 60)),
    };
  }
}
