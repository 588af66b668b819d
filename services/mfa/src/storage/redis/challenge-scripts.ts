import { CHARGE_LANE, SERVER_NOW } from "./lane-scripts.js";
import { defineScript } from "./script.js";

/**
 * As CHARGE_LANE, with KEYS[4] the pending challenge, ARGV[2] the id that is meant (or '') and after it the MACs of the guess. Answers
 * {admitted, remaining, lock, the charge's id, outcome, mark, binding}.
 *
 * A spent challenge stays, so that its code is told from one that was never right. Comparing MACs needs no constant time: who cannot make
 * them learns nothing from how alike two of them are.
 */
export const GUESS = defineScript(
  "guess",
  `${CHARGE_LANE}
local c = redis.call('HMGET', KEYS[4], 'id', 'mac', 'spent', 'expires_at', 'left', 'binding', 'mark')
local meant = ARGV[2]
if not c[1] or (meant ~= '' and meant ~= c[1]) then return {1, remaining, lock, charge, 'none'} end
local matches = false
for i = 3, #ARGV do
  if ARGV[i] == c[2] then matches = true end
end
if c[3] then return {1, remaining, lock, charge, matches and 'replayed' or 'none', c[7]} end
if tonumber(c[4]) <= now then return {1, remaining, lock, charge, 'expired'} end
if tonumber(c[5]) <= 0 then return {1, remaining, lock, charge, 'none'} end
redis.call('HINCRBY', KEYS[4], 'left', -1)
if not matches then return {1, remaining, lock, charge, 'wrong'} end
redis.call('HSET', KEYS[4], 'spent', 1)
return {1, remaining, lock, charge, 'matched', c[7], c[6]}
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
