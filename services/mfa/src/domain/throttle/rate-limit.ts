/** A token bucket: it holds `burst` tokens when full, and is refilled with `perMinute` tokens a minute. */
export interface RateLimit {
  /** More than 0. */
  readonly perMinute: number;
  /** Tokens of a full bucket, 1 or more. */
  readonly burst: number;
}

/** The state of a bucket: how many tokens there were, and when, in milliseconds. */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

const MINUTE_MS = 60_000;

/** `multiplier`: how far a burst after a quiet time may exceed the limit. */
export function rateLimit(perMinute: number, multiplier: number): RateLimit {
  return { perMinute, burst: Math.max(1, perMinute * multiplier) };
}

/** Takes as many of the wanted tokens as there are, whole ones only. A clock that steps back refills nothing. */
export function takeTokens(
  bucket: Bucket | undefined,
  { wanted, at, limit }: { readonly wanted: number; readonly at: number; readonly limit: RateLimit },
): { readonly bucket: Bucket; readonly taken: number; readonly retryAfterMs: number } {
  const perMs = limit.perMinute / MINUTE_MS;
  const refilled = bucket === undefined ? limit.burst : bucket.tokens + Math.max(0, at - bucket.at) * perMs;
  const tokens = Math.min(limit.burst, refilled);
  const taken = Math.min(wanted, Math.floor(tokens));
  const left = tokens - taken;
  return { bucket: { tokens: left, at }, taken, retryAfterMs: Math.max(0, Math.ceil((1 - left) / perMs)) };
}

/** The bucket with one token more, undefined when that fills it: a full one needs no record. */
export function giveBackToken(
  bucket: Bucket,
  at: number,
  { perMinute, burst }: RateLimit,
): Bucket | undefined {
  const tokens = bucket.tokens + (Math.max(0, at - bucket.at) * perMinute) / MINUTE_MS + 1;
  return tokens >= burst ? undefined : { tokens, at };
}

/** After this long an untouched bucket is full, so that nothing is lost with its record. */
export function fullAfterMs({ perMinute, burst }: RateLimit): number {
  return Math.ceil((burst * MINUTE_MS) / perMinute);
}
