import { defineScript } from "./script.js";
import { takeFrom } from "./token-bucket.js";

/** Time is the server's own. Large numbers are formatted by hand: Lua would write 1.7e+12. */
export const SERVER_NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * KEYS[1] the lane, KEYS[2] the user's bucket of login attempts. ARGV[1] numbers with blanks between: attempts before a lock, time to live in
 * ms, the bucket's rate (0: no limit), burst and time to live, then the lengths of the locks in ms. While locked, or without a token, the
 * script ends here: {0, 0, wait} or {-1, 0, wait}.
 */
const CHARGE_LANE = `${SERVER_NOW}
local limits = {}
for number in string.gmatch(ARGV[1], '%S+') do limits[#limits + 1] = tonumber(number) end
local lane = redis.call('HMGET', KEYS[1], 'used', 'level', 'locked_until')
local used, level, locked_until = tonumber(lane[1]) or 0, tonumber(lane[2]) or 0, tonumber(lane[3]) or 0
if locked_until > now then return {0, 0, locked_until - now} end
if limits[3] > 0 then
  ${takeFrom("KEYS[2]", ["limits[3]", "limits[4]", "limits[5]"], "1")}
  if taken < 1 then return {-1, 0, wait} end
end
local max, lock = limits[1], 0
used = used + 1
if used >= max then
  level = math.min(level + 1, #limits - 5)
  lock = limits[5 + level]
  used = 0
end
redis.call('HSET', KEYS[1], 'used', used, 'level', level, 'locked_until', string.format('%.0f', lock > 0 and now + lock or 0))
redis.call('PEXPIRE', KEYS[1], limits[2])
local remaining = lock > 0 and 0 or max - used
`;

/** Answers {admitted, remaining, lock in ms}. */
export const CHARGE = defineScript(
  "charge",
  `${CHARGE_LANE}
return {1, remaining, lock}
`,
);

/**
 * As CHARGE, with KEYS[3] the pending challenge, ARGV[2] the id that is meant (or '') and after it the MACs of the guess. Answers
 * {admitted, remaining, lock, outcome, binding, mark}.
 *
 * A spent challenge stays, so that its code is told from one that was never right. Comparing MACs needs no constant time: who cannot make
 * them learns nothing from how alike two of them are.
 */
export const GUESS = defineScript(
  "guess",
  `${CHARGE_LANE}
local c = redis.call('HMGET', KEYS[3], 'id', 'mac', 'spent', 'expires_at', 'left', 'binding', 'mark')
local meant = ARGV[2]
if not c[1] or (meant ~= '' and meant ~= c[1]) then return {1, remaining, lock, 'none'} end
local matches = false
for i = 3, #ARGV do
  if ARGV[i] == c[2] then matches = true end
end
if c[3] then return {1, remaining, lock, matches and 'replayed' or 'none'} end
if tonumber(c[4]) <= now then return {1, remaining, lock, 'expired'} end
if tonumber(c[5]) <= 0 then return {1, remaining, lock, 'none'} end
redis.call('HINCRBY', KEYS[3], 'left', -1)
if not matches then return {1, remaining, lock, 'wrong'} end
redis.call('HSET', KEYS[3], 'spent', 1)
return {1, remaining, lock, 'matched', c[6], c[7]}
`,
);

export const LOCK_REMAINING = defineScript(
  "lock_remaining",
  `${SERVER_NOW}
return (tonumber(redis.call('HGET', KEYS[1], 'locked_until')) or 0) - now
`,
);

/**
 * KEYS[1] the challenge, KEYS[2] the lane. ARGV: id, mac, binding, lifetime in ms, guesses, floor of the mark, first and longest cooldown in
 * ms, time to live in ms. Answers {'opened', now in ms, cooldown in ms} or {limit, wait in ms}.
 *
 * The mark grows from challenge to challenge even when the clock steps back: an older one that comes back to life after a failover is then
 * older for Postgres too. `sends` counts challenges since the last that was matched, as `pauseAfter` takes them.
 */
export const OPEN_CHALLENGE = defineScript(
  "open_challenge",
  `${SERVER_NOW}
local locked_until = tonumber(redis.call('HGET', KEYS[2], 'locked_until')) or 0
if locked_until > now then return {'locked', locked_until - now} end
local old = redis.call('HMGET', KEYS[1], 'issued_at', 'spent', 'mark', 'sends')
local sends = (old[1] and not old[2]) and (tonumber(old[4]) or 1) or 0
local function pause_after(count) return math.min(tonumber(ARGV[7]) * 2 ^ math.min(count - 1, 30), tonumber(ARGV[8])) end
if sends > 0 then
  local cooldown = pause_after(sends)
  local wait = math.min(tonumber(old[1]) + cooldown - now, cooldown)
  if wait > 0 then return {'cooldown', wait} end
end
local mark = math.max(time[1] * 1000000 + time[2], tonumber(ARGV[6]) + 1, (tonumber(old[3]) or 0) + 1)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'mac', ARGV[2], 'binding', ARGV[3], 'left', ARGV[5], 'sends', sends + 1,
  'issued_at', string.format('%.0f', now), 'expires_at', string.format('%.0f', now + ARGV[4]), 'mark', string.format('%.0f', mark))
redis.call('PEXPIRE', KEYS[1], ARGV[9])
return {'opened', now, pause_after(sends + 1)}
`,
);

/** KEYS[1] the challenge, ARGV[1] its id: a newer one is left alone. What stays counts the ones before it, and keeps nobody waiting. */
export const END_CHALLENGE = defineScript(
  "end_challenge",
  `
local kept = redis.call('HMGET', KEYS[1], 'id', 'sends')
if kept[1] ~= ARGV[1] then return 0 end
local sends = (tonumber(kept[2]) or 1) - 1
if sends < 1 then return redis.call('DEL', KEYS[1]) end
redis.call('HDEL', KEYS[1], 'id', 'mac', 'binding', 'left', 'expires_at', 'spent')
redis.call('HSET', KEYS[1], 'sends', sends, 'issued_at', 0)
return 1
`,
);
