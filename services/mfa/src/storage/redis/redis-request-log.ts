import type { RequestClaim, RequestLog } from "../../domain/ports/request-log.js";
import { guarded, type RedisClient } from "./redis-client.js";
import { defineScript, runScript } from "./script.js";

/** KEYS[1] the request. ARGV: body, owner, time to live in ms. Answers {state, answer}. */
const CLAIM = defineScript(`
local kept = redis.call('HMGET', KEYS[1], 'body', 'answer')
if not kept[1] then
  redis.call('HSET', KEYS[1], 'body', ARGV[1], 'owner', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {'claimed'}
end
if kept[1] ~= ARGV[1] then return {'reused'} end
if kept[2] then return {'answered', kept[2]} end
return {'in-flight'}
`);

/** KEYS[1] the request. ARGV: owner, answer, time to live in ms. */
const ANSWER = defineScript(`
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'answer', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 0
`);

/** KEYS[1] the request, ARGV[1] the owner. */
const RELEASE = defineScript(`
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`);

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
    release: (request) =>
      guarded(async () => {
        await runScript(redis, RELEASE, { keys: keysOf(request), args: [request.owner] });
      }),
  };
}

function toClaim(reply: unknown): RequestClaim {
  const [state, answer] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (state === "answered" && typeof answer === "string") return { state, answer };
  if (state === "claimed" || state === "in-flight" || state === "reused") return { state };
  throw new TypeError("unexpected answer of the claim script");
}
