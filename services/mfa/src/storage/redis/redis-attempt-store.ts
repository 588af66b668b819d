import type { Redis } from "ioredis";
import { ATTEMPT_MEMORY_MS } from "../../domain/attempt-policy.js";
import type { AttemptLane, AttemptStore, Charge } from "../../domain/ports/attempt-store.js";
import type { UserId } from "../../domain/user-id.js";
import { userKey } from "./keys.js";
import { guarded } from "./redis-client.js";
import { defineScript, runScript } from "./script.js";

/**
 * KEYS[1] the lane. ARGV[1] attempts before a lock, ARGV[2] time to live in ms, ARGV[3..] lengths of the locks in ms.
 * Answers {admitted, remaining, lock in ms}. Time is the server's own. Large numbers are formatted by hand: Lua would write 1.7e+12.
 */
const CHARGE = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lane = redis.call('HMGET', KEYS[1], 'used', 'level', 'locked_until')
local used, level, locked_until = tonumber(lane[1]) or 0, tonumber(lane[2]) or 0, tonumber(lane[3]) or 0
if locked_until > now then return {0, 0, locked_until - now} end
local max, lock = tonumber(ARGV[1]), 0
used = used + 1
if used >= max then
  level = math.min(level + 1, #ARGV - 2)
  lock = tonumber(ARGV[2 + level])
  used = 0
end
redis.call('HSET', KEYS[1], 'used', used, 'level', level, 'locked_until', string.format('%.0f', lock > 0 and now + lock or 0))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {1, lock > 0 and 0 or max - used, lock}
`);

const LOCK_REMAINING = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return (tonumber(redis.call('HGET', KEYS[1], 'locked_until')) or 0) - now
`);

/** Counts guesses in Redis, for all replicas. */
export function createRedisAttemptStore(redis: Redis, keyPrefix: string): AttemptStore {
  const keys = (userId: UserId, lane: AttemptLane) => [userKey(keyPrefix, userId, `attempts:${lane}`)];
  return {
    charge: (userId, lane, limits) =>
      guarded(async () => {
        const args = [limits.maxAttempts, ATTEMPT_MEMORY_MS, ...limits.lockLadderMs];
        return toCharge(await runScript(redis, CHARGE, { keys: keys(userId, lane), args }));
      }),
    forgive: (userId, lane) =>
      guarded(async () => {
        await redis.del(...keys(userId, lane));
      }),
    lockRemainingMs: (userId, lane) =>
      guarded(async () => {
        const remaining = await runScript(redis, LOCK_REMAINING, { keys: keys(userId, lane), args: [] });
        if (typeof remaining !== "number") throw new TypeError("unexpected answer of the lock script");
        return remaining > 0 ? remaining : undefined;
      }),
  };
}

function toCharge(answer: unknown): Charge {
  if (!Array.isArray(answer) || !answer.every((part) => typeof part === "number")) {
    throw new TypeError("unexpected answer of the charge script");
  }
  const [admitted, remaining, lockMs] = answer as [number, number, number];
  if (admitted !== 1) return { admitted: false, retryAfterMs: lockMs };
  return { admitted: true, remaining, lockMs: lockMs > 0 ? lockMs : undefined };
}
