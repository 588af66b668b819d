import { defineScript } from "../client/script.js";
import { SERVER_NOW } from "../client/server-now.js";
import { claimRequest, rememberCharge } from "./request-scripts.js";
import { giveBackTo, takeFrom } from "./token-bucket.js";

/** The terms of a scope, parsed from one string of numbers: each argument costs time. */
const READ_LIMITS = `
local limits = {}
for number in string.gmatch(ARGV[1], '%S+') do limits[#limits + 1] = tonumber(number) end
`;

const BUCKET_TERMS = ["limits[3]", "limits[4]", "limits[5]"] as const;

/**
 * How many charges of a round can be refunded. More than the policy admits before a lock; it bounds a scope with large limits, as in tests. Each
 * charge is a blank and the sixteen digits of its time in microseconds.
 */
const OPEN_BYTES = 32 * 17;

/**
 * KEYS[1] the scope, KEYS[2] its lockout level, KEYS[3] the user's bucket of login attempts. ARGV[1] numbers with blanks between: attempts before a
 * lock, time to live in ms, the bucket's rate (0: no limit), burst and time to live, then the lengths of the locks in ms. While locked the script
 * ends here: {0, 0, wait}.
 */
export const READ_SCOPE = `${SERVER_NOW}${READ_LIMITS}
local scope = redis.call('HMGET', KEYS[1], 'used', 'open', 'locked_until')
local used, open, locked_until = tonumber(scope[1]) or 0, scope[2] or '', tonumber(scope[3]) or 0
if locked_until > now then return {0, 0, locked_until - now} end
`;

/**
 * After READ_SCOPE. Without a token in the bucket the script ends here: {-1, 0, wait}.
 *
 * `open` lists the charges of the round that a lock ends, so that one of them can be refunded. Ids come from the clock and always grow: a scope that
 * was reset and charged again has none of its former ones. The lockout level is a separate record, because a success clears the scope and must keep
 * the level.
 */
export const CHARGE_SCOPE = `
if limits[3] > 0 then
  ${takeFrom("KEYS[3]", BUCKET_TERMS, "1")}
  if taken < 1 then return {-1, 0, wait} end
end
local charge = time[1] * 1000000 + time[2]
if open ~= '' then charge = math.max(charge, tonumber(string.match(open, '%d+$')) + 1) end
charge = string.format('%.0f', charge)
if locked_until > 0 then open = '' end
open = open .. ' ' .. charge
if #open > ${OPEN_BYTES} then open = string.sub(open, -${OPEN_BYTES}) end
local max, lock = limits[1], 0
used = used + 1
if used >= max then
  local lockout = redis.call('HMGET', KEYS[2], 'level', 'until')
  local level, forgotten_at = tonumber(lockout[1]) or 0, tonumber(lockout[2]) or 0
  if forgotten_at <= now then level = 0 end
  redis.call('HSET', KEYS[1], 'level_before', level, 'until_before', string.format('%.0f', forgotten_at))
  level = math.min(level + 1, #limits - 5)
  redis.call('HSET', KEYS[2], 'level', level, 'until', string.format('%.0f', now + limits[2]))
  redis.call('PEXPIRE', KEYS[2], limits[2])
  lock = limits[5 + level]
  used = 0
end
redis.call('HSET', KEYS[1], 'used', used, 'open', open)
if lock > 0 or locked_until > 0 then
  redis.call('HSET', KEYS[1], 'locked_until', string.format('%.0f', lock > 0 and now + lock or 0))
end
redis.call('PEXPIRE', KEYS[1], limits[2])
local remaining = lock > 0 and 0 or max - used
`;

/** Answers {admitted, remaining, lock in ms, the charge's id}. */
export const CHARGE = defineScript(
  "charge",
  `${READ_SCOPE}${CHARGE_SCOPE}
return {1, remaining, lock, charge}
`,
);

/** As CHARGE, for a request that may be sent again: KEYS[4] it, ARGV[2] the claim. Answers as CHARGE or as CLAIM does. */
export const CHARGE_ONCE = defineScript(
  "charge_once",
  `${claimRequest("KEYS[4]", "ARGV[2]")}${READ_SCOPE}${CHARGE_SCOPE}
local answer = {1, remaining, lock, charge}
${rememberCharge("KEYS[4]")}
`,
);

/**
 * Keys and ARGV[1] as for READ_SCOPE, KEYS[4] the request that the charge was made for, if any; ARGV[2] the charge's id, ARGV[3] '1' to refund the
 * token of the bucket. Answers {attempts left}, or {} if the charge does not belong to the current round.
 *
 * A lock that ended the round is lifted: without this charge, `max` attempts were not made. The others stay counted, so that a round never has more
 * of them than the limit. A scope without charges leaves no record.
 */
export const REFUND = defineScript(
  "refund",
  `${SERVER_NOW}${READ_LIMITS}
local scope = redis.call('HMGET', KEYS[1], 'used', 'open', 'locked_until', 'level_before', 'until_before')
local open, locked_until = (scope[2] or '') .. ' ', tonumber(scope[3]) or 0
local first, last = string.find(open, ' ' .. ARGV[2] .. ' ', 1, true)
if not first or (locked_until > 0 and locked_until <= now) then return {} end
open = string.sub(open, 1, first - 1) .. string.sub(open, last, -2)
local used = (tonumber(scope[1]) or 0) - 1
if locked_until > 0 then
  used = limits[1] - 1
  local kept_ms = tonumber(scope[5]) - now
  if tonumber(scope[4]) > 0 and kept_ms > 0 then
    redis.call('HSET', KEYS[2], 'level', scope[4], 'until', scope[5])
    redis.call('PEXPIRE', KEYS[2], kept_ms)
  else
    redis.call('DEL', KEYS[2])
  end
end
if used > 0 then
  redis.call('HSET', KEYS[1], 'used', used, 'open', open, 'locked_until', 0)
else
  redis.call('DEL', KEYS[1])
end
if ARGV[3] == '1' and limits[3] > 0 then
  ${giveBackTo("KEYS[3]", BUCKET_TERMS)}
end
if KEYS[4] then
  local kept = redis.call('HGET', KEYS[4], 'charge')
  if kept and string.find(kept, ARGV[2], 1, true) then redis.call('HDEL', KEYS[4], 'charge') end
end
return {limits[1] - math.max(0, used)}
`,
);

export const LOCK_REMAINING = defineScript(
  "lock_remaining",
  `${SERVER_NOW}
return (tonumber(redis.call('HGET', KEYS[1], 'locked_until')) or 0) - now
`,
);
