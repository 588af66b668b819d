import type { SendCounter } from "../../../domain/send-quota/send-counter.js";
import { slotMsOf } from "../../../domain/send-quota/send-slots.js";
import { guarded, type RedisClient } from "../client/redis-client.js";
import { defineScript, runScript } from "../client/script.js";

/**
 * KEYS[1] a hash from the start of a slot to the places taken in it. ARGV: max, window in ms, slot in ms. Answers {1, slot} or
 * {0, wait in ms}. Time is the server's own.
 */
const TAKE = defineScript(
  "take_send",
  `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local max, window, slot = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept, count, oldest = redis.call('HGETALL', KEYS[1]), 0, now + window
for i = 1, #kept, 2 do
  local leaves = tonumber(kept[i]) + slot - 1 + window
  if leaves <= now then
    redis.call('HDEL', KEYS[1], kept[i])
  else
    count = count + tonumber(kept[i + 1])
    oldest = math.min(oldest, leaves)
  end
end
if count >= max then return {0, oldest - now} end
local start = string.format('%.0f', now - now % slot)
redis.call('HINCRBY', KEYS[1], start, 1)
redis.call('PEXPIRE', KEYS[1], window + slot)
return {1, start}
`,
);

/** KEYS[1] as above, ARGV[1] the slot. A slot that has left the window since is not recreated. */
const GIVE_BACK = defineScript(
  "give_back_send",
  `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 and redis.call('HINCRBY', KEYS[1], ARGV[1], -1) <= 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
`,
);

/**
 * Counts messages in Redis, for all replicas. One key per script: users, numbers and countries are in different slots of a cluster. `nameOf` gives
 * the keyed MAC of a subject.
 */
export function createRedisSendCounter(
  redis: RedisClient,
  keyPrefix: string,
  nameOf: (subject: readonly string[]) => string,
): SendCounter {
  return {
    take: (subject, rate) =>
      guarded(async () => {
        const keys = [`${keyPrefix}sends:${nameOf(subject)}`];
        const answer = await runScript(redis, TAKE, {
          keys,
          args: [rate.max, rate.windowMs, slotMsOf(rate)],
        });
        const [taken, value] = Array.isArray(answer) ? (answer as unknown[]) : [];
        if (taken === 0 && typeof value === "number") return { taken: undefined, retryAfterMs: value };
        if (taken !== 1 || typeof value !== "string")
          throw new TypeError("unexpected answer of the send script");
        const giveBack = async () => {
          await runScript(redis, GIVE_BACK, { keys, args: [value] });
        };
        return { taken: { giveBack: () => guarded(giveBack) } };
      }),
  };
}
