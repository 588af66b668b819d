import { fullAfterMs, type RateLimit } from "../../domain/rate-limit.js";

/**
 * Lua that takes up to `wanted` whole tokens from the bucket at `key`; expects the local `now` in ms. `args` is the place in ARGV of what
 * `bucketArgs` gives. Leaves the locals `taken` and `wait`, the time in ms until there is a token.
 */
export function takeFrom(key: string, args: number, wanted: string): string {
  return `
local rate, burst = tonumber(ARGV[${args}]), tonumber(ARGV[${args + 1}])
local bucket = redis.call('HMGET', ${key}, 'tokens', 'at')
local tokens = math.min(burst, (tonumber(bucket[1]) or burst) + math.max(0, now - (tonumber(bucket[2]) or now)) * rate / 60000)
local taken = math.min(${wanted}, math.floor(tokens))
local wait = math.max(0, math.ceil((1 - tokens + taken) * 60000 / rate))
if taken > 0 then
  redis.call('HSET', ${key}, 'tokens', string.format('%.6f', tokens - taken), 'at', string.format('%.0f', now))
  redis.call('PEXPIRE', ${key}, ARGV[${args + 2}])
end
`;
}

/** Rate, burst and time to live. */
export function bucketArgs(limit: RateLimit): readonly [number, number, number] {
  return [limit.perMinute, limit.burst, fullAfterMs(limit)];
}
