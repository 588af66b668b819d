import { windowSlotMs } from "../../../domain/send-quota/send-slots.js";
import type { SmsConversionCounter } from "../../../domain/send-quota/sms-conversion-counter.js";
import { guarded, type RedisClient } from "../client/redis-client.js";
import { defineScript, runScript } from "../client/script.js";
import { SERVER_NOW } from "../client/server-now.js";

/**
 * KEYS[1] a hash with the codes sent (s:) and accepted (a:) in each slot, by the slot's start. ARGV: window, slot and grace in ms, least
 * number of codes, least percentage, 1 to stop. Answers {sent, accepted, low, slot} or, stopped, {sent, accepted, low, wait in ms}.
 */
const TAKE = defineScript(
  "take_completion",
  `${SERVER_NOW}
local window, slot, grace = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept, slots, starts, sent, accepted = redis.call('HGETALL', KEYS[1]), {}, {}, 0, 0
for i = 1, #kept, 2 do
  local start, count = tonumber(string.sub(kept[i], 3)), tonumber(kept[i + 1])
  if start + slot - 1 + window <= now then
    redis.call('HDEL', KEYS[1], kept[i])
  else
    if not slots[start] then
      slots[start] = {0, 0}
      starts[#starts + 1] = start
    end
    if string.sub(kept[i], 1, 1) == 'a' then
      slots[start][2], accepted = count, accepted + count
    elseif start + grace <= now then
      slots[start][1], sent = count, sent + count
    end
  end
end
local function low(of_sent, of_accepted)
  return of_sent >= tonumber(ARGV[4]) and of_accepted * 100 < tonumber(ARGV[5]) * of_sent
end
local is_low = low(sent, accepted)
if is_low and ARGV[6] == '1' then
  local left_sent, left_accepted, wait = sent, accepted, window
  table.sort(starts)
  for _, start in ipairs(starts) do
    left_sent, left_accepted = left_sent - slots[start][1], left_accepted - slots[start][2]
    wait = start + slot - 1 + window - now
    if not low(left_sent, left_accepted) then break end
  end
  return {sent, accepted, 1, wait}
end
local start = string.format('%.0f', now - now % slot)
redis.call('HINCRBY', KEYS[1], 's:' .. start, 1)
redis.call('PEXPIRE', KEYS[1], window + slot)
return {sent, accepted, is_low and 1 or 0, start}
`,
);

/** KEYS[1] as above, ARGV[1] the slot. A slot that has left the window since is not recreated. */
const GIVE_BACK = defineScript(
  "give_back_completion",
  `
local field = 's:' .. ARGV[1]
if redis.call('HEXISTS', KEYS[1], field) == 1 and redis.call('HINCRBY', KEYS[1], field, -1) <= 0 then redis.call('HDEL', KEYS[1], field) end
return 0
`,
);

/** KEYS[1] as above. ARGV: window and slot in ms. A code may be accepted after all that were sent have left the window. */
const ACCEPT = defineScript(
  "accept_completion",
  `${SERVER_NOW}
local slot = tonumber(ARGV[2])
redis.call('HINCRBY', KEYS[1], 'a:' .. string.format('%.0f', now - now % slot), 1)
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1]) + slot)
return 0
`,
);

/** Counts in Redis, for all replicas. `nameOf` gives the keyed MAC of a subject. */
export function createRedisSmsConversionCounter(
  redis: RedisClient,
  keyPrefix: string,
  nameOf: (subject: readonly string[]) => string,
): SmsConversionCounter {
  const keysOf = (subject: readonly string[]) => [`${keyPrefix}completion:${nameOf(subject)}`];
  return {
    take: (subject, { windowMs, graceMs, minSends, minPercent, stop }) =>
      guarded(async () => {
        const keys = keysOf(subject);
        const args = [windowMs, windowSlotMs(windowMs), graceMs, minSends, minPercent, stop ? 1 : 0];
        const { slot, retryAfterMs, ...judged } = read(await runScript(redis, TAKE, { keys, args }));
        if (slot === undefined) return { ...judged, taken: undefined, retryAfterMs };
        const giveBack = async () => {
          await runScript(redis, GIVE_BACK, { keys, args: [slot] });
        };
        return { ...judged, taken: { giveBack: () => guarded(giveBack) } };
      }),
    accept: (subject, { windowMs }) =>
      guarded(async () => {
        await runScript(redis, ACCEPT, { keys: keysOf(subject), args: [windowMs, windowSlotMs(windowMs)] });
      }),
  };
}

function read(answer: unknown) {
  const [sent, accepted, low, last] = Array.isArray(answer) ? (answer as unknown[]) : [];
  if (typeof sent === "number" && typeof accepted === "number") {
    const judged = { sent, accepted, low: low === 1 };
    if (typeof last === "string") return { ...judged, slot: last, retryAfterMs: 0 };
    if (typeof last === "number") return { ...judged, slot: undefined, retryAfterMs: last };
  }
  throw new TypeError("unexpected answer of the completion script");
}
