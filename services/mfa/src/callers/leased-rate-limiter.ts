import type { RateLimiter } from "../domain/ports/rate-limiter.js";
import type { RateLimit } from "../domain/rate-limit.js";

/** How long tokens that were fetched ahead may be used; then they are lost, so that they add no burst to a later one. */
const LEASE_MS = 1_000;
/** A lease that is used up this soon is followed by one of twice its size, a slower one by one of half. */
const BUSY_MS = 100;
/** Of a full bucket: what one replica may hold that another one then lacks. */
const LARGEST_SHARE = 0.02;

interface Lease {
  tokens: number;
  size: number;
  since: number;
  waiting: number;
  refusedUntil: number;
  fetching: Promise<void> | undefined;
}

/** Answers how long to wait, in milliseconds, or undefined for one token taken; at once where the lease tells. */
export type TakeToken = (name: string, limit: RateLimit) => number | undefined | Promise<number | undefined>;

/**
 * Takes single tokens from buckets that all replicas share, without asking for each: a busy replica fetches up to a fiftieth of a bucket
 * ahead, and calls that wait together share one question. So a call of a busy caller costs no round trip, and no limit is ever exceeded.
 * Small buckets are asked for every token. `monotonicMs` never steps back.
 */
export function leasedRateLimiter(limiter: RateLimiter, monotonicMs: () => number): TakeToken {
  const leases = new Map<string, Lease>();

  async function fetch(lease: Lease, name: string, limit: RateLimit): Promise<void> {
    const started = monotonicMs();
    const largest = Math.max(1, Math.floor(limit.burst * LARGEST_SHARE));
    lease.size = Math.min(
      largest,
      started - lease.since < BUSY_MS ? lease.size * 2 : Math.ceil(lease.size / 2),
    );
    const { taken, retryAfterMs } = await limiter.take(name, Math.max(lease.size, lease.waiting), limit);
    lease.tokens = taken;
    lease.since = started;
    lease.refusedUntil = taken === 0 ? started + retryAfterMs : 0;
  }

  async function takeFetched(lease: Lease, name: string, limit: RateLimit): Promise<number | undefined> {
    for (;;) {
      lease.waiting += 1;
      try {
        lease.fetching ??= fetch(lease, name, limit).finally(() => {
          lease.fetching = undefined;
        });
        await lease.fetching;
      } finally {
        lease.waiting -= 1;
      }
      const taken = takeLeased(lease, monotonicMs());
      if (taken !== NOTHING_LEASED) return taken;
    }
  }

  return (name, limit) => {
    const key = `${name} ${limit.perMinute} ${limit.burst}`;
    const lease = leases.get(key) ?? fresh();
    leases.set(key, lease);
    const taken = takeLeased(lease, monotonicMs());
    return taken === NOTHING_LEASED ? takeFetched(lease, name, limit) : taken;
  };
}

const NOTHING_LEASED = "nothing leased";

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
  };
}
