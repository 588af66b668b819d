import { defineScript } from "../client/script.js";
import { SERVER_NOW } from "../client/server-now.js";
import { claimRequest, rememberCharge } from "../throttle/request-scripts.js";
import { CHARGE_SCOPE, READ_SCOPE } from "../throttle/throttle-scripts.js";

/*
 * The challenges of a user are one hash. Each has a field by its id, an object in JSON: purpose, method, factor, mac, binding, left (guesses),
 * issued, expires (ms), mark (the replay counter, µs), spent. Further bindings of a challenge are further members; a script keeps those it does not
 * know. Times are strings: cjson would write 1.7e+15. Beside them `pace:` and the purpose: sends (challenges since the last that was matched, as
 * `pauseAfter` takes them), the newest one's id and issue time, and the last replay counter, as mark.
 */

/**
 * After READ_SCOPE. KEYS[4] the challenges. ARGV[2] 1 if only a challenge can be guessed (else 0), purpose, and the methods with commas around;
 * ARGV[3] the id that is meant or ''; ARGV[4] the MACs of the guess with blanks between.
 *
 * A spent challenge stays, to distinguish its code from one that was never right. MACs need no constant-time comparison: without the key, nothing is
 * learnt from how similar two of them are.
 */
const COMPARE = `
local outcome, met = 'none', nil
local fields, purpose, own, compared = redis.call('HGETALL', KEYS[4]), nil, nil, nil
if #fields > 0 then
  local methods
  purpose, methods = string.match(ARGV[2], '^%d (%S+) (%S+)$')
  own, compared = {}, {}
  local meant, macs, newest = ARGV[3], ' ' .. ARGV[4] .. ' ', {}
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 5) ~= 'pace:' then
      local c = cjson.decode(fields[i + 1])
      c.id = fields[i]
      if c.purpose == purpose and string.find(methods, ',' .. c.method .. ',', 1, true) then
        own[#own + 1] = c
        local known = newest[c.factor]
        if not c.spent and (not known or tonumber(c.mark) > tonumber(known.mark)) then newest[c.factor] = c end
      end
    end
  end
  local ranks = {none = 1, expired = 2, wrong = 3, replayed = 4, matched = 5}
  for _, c in ipairs(own) do
    if (meant == '' and (c.spent or newest[c.factor] == c)) or meant == c.id then
      local right, found = string.find(macs, ' ' .. c.mac .. ' ', 1, true), 'none'
      if c.spent then
        if right then found = 'replayed' end
      elseif tonumber(c.expires) <= now then
        found = 'expired'
      elseif c.left > 0 then
        found = right and 'matched' or 'wrong'
        compared[#compared + 1] = c
      end
      if ranks[found] > ranks[outcome] then outcome, met = found, c end
    end
  end
end
if string.byte(ARGV[2]) == 49 and (outcome == 'none' or outcome == 'expired') then
  return {1, limits[1] - used, 0, '', outcome}
end
`;

const KEEP = (c: string) => `
  local id = ${c}.id
  ${c}.id = nil
  redis.call('HSET', KEYS[4], id, cjson.encode(${c}))
`;

/** Applies the cost of the guess, after CHARGE_SCOPE. Leaves the local `answer`. */
const TAKE_GUESS = `
local answer = {1, remaining, lock, charge, outcome}
if outcome == 'wrong' then
  for _, c in ipairs(compared) do
    c.left = c.left - 1
    ${KEEP("c")}
  end
elseif outcome == 'replayed' then
  answer[6] = met.mark
elseif outcome == 'matched' then
  answer[6], answer[7], answer[8] = met.mark, met.binding, met.mac
  met.left, met.spent = met.left - 1, true
  ${KEEP("met")}
  for _, c in ipairs(own) do
    if c ~= met and c.factor == met.factor and tonumber(c.mark) < tonumber(met.mark) then redis.call('HDEL', KEYS[4], c.id) end
  end
  local pace = cjson.decode(redis.call('HGET', KEYS[4], 'pace:' .. purpose) or '{}')
  pace.sends = 0
  redis.call('HSET', KEYS[4], 'pace:' .. purpose, cjson.encode(pace))
end
`;

/**
 * Keys as above. Answers {admitted, remaining, lock in ms, the charge's id or '', outcome}, with the replay counter for a replay, and replay
 * counter, binding and MAC for a match.
 */
export const GUESS = defineScript(
  "guess",
  `${READ_SCOPE}${COMPARE}${CHARGE_SCOPE}${TAKE_GUESS}
return answer
`,
);

/** As GUESS, for a request that may be sent again: KEYS[5] it, ARGV[5] the claim. Answers as GUESS or as CLAIM does. */
export const GUESS_ONCE = defineScript(
  "guess_once",
  `${claimRequest("KEYS[5]", "ARGV[5]")}${READ_SCOPE}${COMPARE}${CHARGE_SCOPE}${TAKE_GUESS}
${rememberCharge("KEYS[5]")}
`,
);

/**
 * KEYS[1] the challenges, KEYS[2] the scope. ARGV[1] the id, ARGV[2] the challenge in JSON without its times, ARGV[3] numbers with blanks
 * between: lifetime in ms, floor of the replay counter, first and longest cooldown in ms, how many may be pending, how long an expired one is remembered,
 * time to live of all in ms. Answers {'opened', now in ms, cooldown in ms} or {limit, wait in ms}.
 *
 * The replay counter grows from challenge to challenge even when the clock steps back: an older one that reappears after a failover is then older for
 * Postgres too.
 */
export const OPEN_CHALLENGE = defineScript(
  "open_challenge",
  `${SERVER_NOW}
local locked_until = tonumber(redis.call('HGET', KEYS[2], 'locked_until')) or 0
if locked_until > now then return {'locked', locked_until - now} end
local challenge, terms = cjson.decode(ARGV[2]), {}
for number in string.gmatch(ARGV[3], '%S+') do terms[#terms + 1] = tonumber(number) end
local lifetime, above, first, longest, side_by_side, memory, time_to_live = unpack(terms)
local function pause_after(count) return math.min(first * 2 ^ math.min(count - 1, 30), longest) end
local pace_field = 'pace:' .. challenge.purpose
local pace = cjson.decode(redis.call('HGET', KEYS[1], pace_field) or '{}')
local sends = pace.sends or 0
if sends > 0 then
  local cooldown = pause_after(sends)
  local wait = math.min(tonumber(pace.issued) + cooldown - now, cooldown)
  if wait > 0 then return {'cooldown', wait} end
end
local fields, pending = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 5) ~= 'pace:' then
    local c = cjson.decode(fields[i + 1])
    if tonumber(c.expires) + memory <= now then
      redis.call('HDEL', KEYS[1], fields[i])
    elseif c.purpose == challenge.purpose and not c.spent then
      pending[#pending + 1] = {id = fields[i], counter = tonumber(c.mark)}
    end
  end
end
table.sort(pending, function(one, other) return one.counter < other.counter end)
for i = 1, #pending - side_by_side + 1 do redis.call('HDEL', KEYS[1], pending[i].id) end
local counter = string.format('%.0f', math.max(time[1] * 1000000 + time[2], above + 1, (tonumber(pace.mark) or 0) + 1))
local issued = string.format('%.0f', now)
challenge.issued, challenge.expires, challenge.mark = issued, string.format('%.0f', now + lifetime), counter
pace = cjson.encode({sends = sends + 1, id = ARGV[1], issued = issued, mark = counter})
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(challenge), pace_field, pace)
redis.call('PEXPIRE', KEYS[1], time_to_live)
return {'opened', now, pause_after(sends + 1)}
`,
);

/** KEYS[1] the challenges. ARGV: id, purpose. The remaining record counts the earlier ones; the cooldown of the newest ends. */
export const END_CHALLENGE = defineScript(
  "end_challenge",
  `
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
local field = 'pace:' .. ARGV[2]
local pace = cjson.decode(redis.call('HGET', KEYS[1], field) or '{}')
pace.sends = (pace.sends or 1) - 1
if pace.sends < 1 then return redis.call('HDEL', KEYS[1], field) end
if pace.id == ARGV[1] then pace.issued = '0' end
redis.call('HSET', KEYS[1], field, cjson.encode(pace))
return 1
`,
);
