import type { RequestClaim, RequestLog } from "../../domain/ports/request-log.js";
import { guarded, type RedisClient } from "./redis-client.js";
import { defineScript, runScript } from "./script.js";

/** KEYS[1] the request. ARGV: body, owner, time to live in ms. Answers {state, answer or what was left}. */
const CLAIM = defineScript(
  "claim_request",
  `
local kept = redis.call('HMGET', KEYS[1], 'body', 'answer', 'owner', 'left')
if kept[1] and kept[1] ~= ARGV[1] then return {'reused'} end
if kept[2] then return {'answered', kept[2]} end
if kept[3] then return {'in-flight'} end
redis.call('HSET', KEYS[1], 'body', ARGV[1], 'owner', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'claimed', kept[4]}
`,
);

/** KEYS[1] the request. ARGV: owner, answer, time to live in ms. */
const ANSWER = defineScript(
  "answer_request",
  `
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'answer', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 0
`,
);

/** KEYS[1] the request. ARGV: owner and, where something is left, it and its time to live in ms. */
const RELEASE = defineScript(
  "release_request",
  `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
if not ARGV[2] then return redis.call('DEL', KEYS[1]) end
redis.call('HDEL', KEYS[1], 'owner')
redis.call('HSET', KEYS[1], 'left', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
`,
);

/** Remembers requests in Redis, for all replicas: a retry may reach another one. */
export function createRedisRequestLog(redis: RedisClient, keyPrefix: string): RequestLog {
  const keysOf = ({ key }: { readonly key: string }) => [`${keyPrefix}request:${key}`];
  return {
    claim: (request, keepMs) =>
      guarded(async () => {
        const args = [request.body, request.owner, keepMs];
        return toClaim(await runScript(redis, CLAIM, { keys: keysOf(request), args }));
      }),
    answer: (request, answer, keepMs) =>
      guarded(async () => {
        const args = [request.owner, answer, keepMs];
        await runScript(redis, ANSWER, { keys: keysOf(request), args });
      }),
    release: (request, left) =>
      guarded(async () => {
        const args = [request.owner, ...(left === undefined ? [] : [left.text, left.keepMs])];
        await runScript(redis, RELEASE, { keys: keysOf(request), args });
      }),
  };
}

function toClaim(reply: unknown): RequestClaim {
  const [state, kept] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (state === "answered" && typeof kept === "string") return { state, answer: kept };
  if (state === "claimed") return { state, left: typeof kept === "string" ? kept : undefined };
  if (state === "in-flight" || state === "reused") return { state };
  throw new TypeError("unexpected answer of the claim script");
}
