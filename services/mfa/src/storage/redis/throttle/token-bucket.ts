import { fullAfterMs, type RateLimit } from "../../../domain/throttle/rate-limit.js";

/**
 * Lua that takes up to `wanted` whole tokens from the bucket at `key`; expects the local `now` in ms. `rate`,
 * `burst` and `timeToLive` are Lua for what `bucketArgs` gives. Leaves the locals `taken` and `wait`, the time in ms until there is a token.
 */
export function takeFrom(
  key: string,
  [rate, burst, timeToLive]: readonly [string, string, string],
  wanted: string,
): string {
  return `
local rate, burst = ${rate}, ${burst}
local bucket = redis.call('HMGET', ${key}, 'tokens', 'at')
local tokens = math.min(burst, (tonumber(bucket[1]) or burst) + math.max(0, now - (tonumber(bucket[2]) or now)) * rate / 60000)
local taken = math.min(${wanted}, math.floor(tokens))
local wait = math.max(0, math.ceil((1 - tokens + taken) * 60000 / rate))
if taken > 0 then
  redis.call('HSET', ${key}, 'tokens', string.format('%.6f', tokens - taken), 'at', string.format('%.0f', now))
  redis.call('PEXPIRE', ${key}, ${timeToLive})
end
`;
}

/** Lua that refunds one token, by the same terms as `takeFrom`. A bucket that is full again leaves no record. */
export function giveBackTo(
  key: string,
  [rate, burst, timeToLive]: readonly [string, string, string],
): string {
  return `
local rate, burst = ${rate}, ${burst}
local bucket = redis.call('HMGET', ${key}, 'tokens', 'at')
if bucket[1] then
  local tokens = tonumber(bucket[1]) + math.max(0, now - tonumber(bucket[2])) * rate / 60000 + 1
  if tokens >= burst then
    redis.call('DEL', ${key})
  else
    redis.call('HSET', ${key}, 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
    redis.call('PEXPIRE', ${key}, ${timeToLive})
  end
end
`;
}

/** Rate, burst and time to live. */
export function bucketArgs(limit: RateLimit): readonly [number, number, number] {
  return [limit.perMinute, limit.burst, fullAfterMs(limit)];
}
