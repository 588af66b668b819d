import { MfaError } from "../domain/errors.js";
import type { RateLimit } from "../domain/throttle/rate-limit.js";
import type { RateLimiter } from "../domain/throttle/rate-limiter.js";
import { OutageAllowance } from "./outage-allowance.js";

/** How long tokens that were fetched ahead may be used; then they are lost, so that they add no burst to a later one. */
const LEASE_MS = 1_000;
/** A lease that is used up this soon is followed by one of twice its size, a slower one by one of half. */
const BUSY_MS = 100;
/** Of a full bucket: what one replica may hold that another one then lacks. */
const LARGEST_SHARE = 0.02;
/** How soon a store that failed is asked again, beside calls that go on without it. */
const RETRY_MS = 250;

interface Lease {
  tokens: number;
  size: number;
  since: number;
  waiting: number;
  refusedUntil: number;
  fetching: Promise<void> | undefined;
  /** Set while the store does not answer: when to ask it again. */
  retryAt: number | undefined;
  readonly allowance: OutageAllowance;
}

/** Answers how long to wait, in milliseconds, or undefined for one token taken; at once where the lease tells. */
export type TakeToken = (name: string, limit: RateLimit) => number | undefined | Promise<number | undefined>;

/**
 * Takes single tokens from buckets that all replicas share, without asking for each: a busy replica fetches up to a fiftieth of a bucket
 * ahead, and calls that wait together share one question. So a call of a busy caller costs no round trip, and no limit is exceeded.
 * Small buckets are asked for every token. While the store does not answer, calls go on within their OutageAllowance: a bucket is one key, and
 * the node that has it would else keep everybody out who has nothing to do with it. What is limited here is load; guesses are counted by keys
 * of their users, without which nothing goes on. `monotonicMs` never steps back.
 */
export function leasedRateLimiter(limiter: RateLimiter, monotonicMs: () => number): TakeToken {
  const leases = new Map<string, Lease>();
  const asked = new AskedLeases(limiter, monotonicMs);
  return (name, limit) => {
    const key = `${name} ${limit.perMinute} ${limit.burst}`;
    const lease = leases.get(key) ?? fresh();
    leases.set(key, lease);
    const taken = takeLeased(lease, monotonicMs());
    if (taken !== NOTHING_LEASED) return taken;
    return asked.takeMeanwhile(lease, name, limit) ? undefined : asked.takeFetched(lease, name, limit);
  };
}

/** Leases that the store has to be asked for. */
class AskedLeases {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly monotonicMs: () => number,
  ) {}

  async takeFetched(lease: Lease, name: string, limit: RateLimit): Promise<number | undefined> {
    for (;;) {
      lease.waiting += 1;
      try {
        await this.#ask(lease, name, limit);
      } catch (error) {
        if (isOutage(error) && lease.allowance.take(limit, this.monotonicMs())) return undefined;
        throw error;
      } finally {
        lease.waiting -= 1;
      }
      const taken = takeLeased(lease, this.monotonicMs());
      if (taken !== NOTHING_LEASED) return taken;
    }
  }

  /** Does not wait: the store may take its whole time limit to fail. */
  takeMeanwhile(lease: Lease, name: string, limit: RateLimit): boolean {
    const now = this.monotonicMs();
    if (lease.retryAt === undefined || !lease.allowance.take(limit, now)) return false;
    if (now >= lease.retryAt) this.#ask(lease, name, limit).catch(() => undefined);
    return true;
  }

  /** Calls that ask together share one question. */
  #ask(lease: Lease, name: string, limit: RateLimit): Promise<void> {
    lease.fetching ??= this.#fetch(lease, name, limit).finally(() => {
      lease.fetching = undefined;
    });
    return lease.fetching;
  }

  async #fetch(lease: Lease, name: string, limit: RateLimit): Promise<void> {
    const started = this.monotonicMs();
    const largest = Math.max(1, Math.floor(limit.burst * LARGEST_SHARE));
    lease.size = Math.min(
      largest,
      started - lease.since < BUSY_MS ? lease.size * 2 : Math.ceil(lease.size / 2),
    );
    try {
      const { taken, retryAfterMs } = await this.limiter.take(
        name,
        Math.max(lease.size, lease.waiting),
        limit,
      );
      lease.retryAt = undefined;
      lease.tokens = taken;
      lease.since = started;
      lease.refusedUntil = taken === 0 ? started + retryAfterMs : 0;
      lease.allowance.granted(taken, started);
    } catch (error) {
      lease.retryAt = this.monotonicMs() + RETRY_MS;
      throw error;
    }
  }
}

const NOTHING_LEASED = "nothing leased";

function isOutage(error: unknown): boolean {
  return error instanceof MfaError && error.reason === "STORE_UNAVAILABLE";
}

function takeLeased(lease: Lease, now: number): number | undefined | typeof NOTHING_LEASED {
  if (lease.refusedUntil > now) return Math.ceil(lease.refusedUntil - now);
  if (lease.tokens === 0 || now - lease.since >= LEASE_MS) return NOTHING_LEASED;
  lease.tokens -= 1;
  return undefined;
}

function fresh(): Lease {
  return {
    tokens: 0,
    size: 1,
    since: Number.NEGATIVE_INFINITY,
    waiting: 0,
    refusedUntil: 0,
    fetching: undefined,
    retryAt: undefined,
    allowance: new OutageAllowance(),
  };
}
