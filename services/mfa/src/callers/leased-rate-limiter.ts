import { MfaError } from "../domain/errors.js";
import type { RateLimit } from "../domain/throttle/rate-limit.js";
import type { RateLimiter } from "../domain/throttle/rate-limiter.js";
import { OutageAllowance } from "./outage-allowance.js";

/** How long tokens fetched in advance may be used. Then they are dropped, so that they do not add to a later burst. */
const LEASE_MS = 1_000;
/** A lease that is used up within this time is followed by one of twice its size, a slower one by one of half. */
const BUSY_MS = 100;
/** Share of a full bucket that one replica may hold, and that the others then lack. */
const LARGEST_SHARE = 0.02;
/** How soon a failed store is asked again, while calls continue without it. */
const RETRY_MS = 250;

interface Lease {
  tokens: number;
  size: number;
  since: number;
  waiting: number;
  refusedUntil: number;
  fetching: Promise<void> | undefined;
  /** When to ask the store again; set while it does not answer. */
  retryAt: number | undefined;
  readonly allowance: OutageAllowance;
}

/** Returns how long to wait, in milliseconds, or undefined if a token was taken; synchronously if the lease decides. */
export type TakeToken = (name: string, limit: RateLimit) => number | undefined | Promise<number | undefined>;

/**
 * Takes single tokens from buckets that all replicas share, without a round trip for each: a busy replica leases up to a fiftieth of a bucket in
 * advance, and concurrent calls share one request. So a call of a busy caller costs no round trip, and no limit is exceeded. For small buckets every
 * token is requested. While the store does not answer, calls continue within their OutageAllowance: a bucket is one key, and the failure of its node
 * must not block unrelated calls. This limit bounds load; guesses are counted in each user's own keys, without which no call succeeds. `monotonicMs`
 * never steps back.
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

  /** Concurrent calls share one request. */
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
