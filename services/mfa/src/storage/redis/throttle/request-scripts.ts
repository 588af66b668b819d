import { defineScript } from "../client/script.js";
import { SERVER_NOW } from "../client/server-now.js";

/**
 * Lua that claims the request at `key`. `claim` has body, owner, lease and time to live in ms with blanks between. If the claimer must not process
 * the request, the script ends: {'reused'}, {'answered', answer} or {'in-flight'}. If an earlier try was charged, it ends with the result of that
 * charge, so that each request is charged once.
 */
export function claimRequest(key: string, claim: string): string {
  return `${SERVER_NOW}
local body, owner, lease, time_to_live = string.match(${claim}, '^(%S+) (%S+) (%d+) (%d+)$')
local kept = redis.call('HMGET', ${key}, 'body', 'answer', 'leased_until', 'charge')
if kept[1] and kept[1] ~= body then return {'reused'} end
if kept[2] then return {'answered', kept[2]} end
if (tonumber(kept[3]) or 0) > now then return {'in-flight'} end
redis.call('HSET', ${key}, 'body', body, 'owner', owner, 'leased_until', string.format('%.0f', now + lease))
redis.call('PEXPIRE', ${key}, time_to_live)
if kept[4] then return cjson.decode(kept[4]) end
`;
}

/** Lua that stores the result of the charge, the local `answer`, with the claimed request, and ends the script with it. */
export function rememberCharge(key: string): string {
  return `
redis.call('HSET', ${key}, 'charge', cjson.encode(answer))
return answer
`;
}

/** KEYS[1] the request, ARGV[1] the claim. Answers {'claimed'} or as claimRequest says. */
export const CLAIM = defineScript(
  "claim_request",
  `${claimRequest("KEYS[1]", "ARGV[1]")}
return {'claimed'}
`,
);

/** KEYS[1] the request. ARGV: owner, answer, time to live in ms. */
export const ANSWER = defineScript(
  "answer_request",
  `
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'answer', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 0
`,
);

/** KEYS[1] the request. ARGV: owner, '1' to forget it in any case. */
export const RELEASE = defineScript(
  "release_request",
  `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
if ARGV[2] == '1' or redis.call('HEXISTS', KEYS[1], 'charge') == 0 then return redis.call('DEL', KEYS[1]) end
return redis.call('HDEL', KEYS[1], 'owner', 'leased_until')
`,
);
