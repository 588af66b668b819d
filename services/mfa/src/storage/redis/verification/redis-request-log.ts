import type {
  ClaimedRequest,
  RepeatedClaim,
  RequestClaim,
  RequestLog,
} from "../../../domain/verification/request-log.js";
import { guarded, type RedisClient } from "../client/redis-client.js";
import { runScript } from "../client/script.js";
import { keysOfUser } from "../client/user-keys.js";
import { ANSWER, CLAIM, RELEASE } from "../throttle/request-scripts.js";

/** Stores requests in Redis, for all replicas: a retry may reach another one. */
export function createRedisRequestLog(redis: RedisClient, keyPrefix: string): RequestLog {
  const keysOf = ({ userId, key }: ClaimedRequest) => [keysOfUser(keyPrefix, userId).request(key)];
  return {
    claim: (request) =>
      guarded(async () => {
        const args = [claimText(request)];
        return toClaim(await runScript(redis, CLAIM, { keys: keysOf(request), args }));
      }),
    answer: (request, answer, keepMs) =>
      guarded(async () => {
        const args = [request.owner, answer, keepMs];
        await runScript(redis, ANSWER, { keys: keysOf(request), args });
      }),
    release: (request, { forget }) =>
      guarded(async () => {
        const args = [request.owner, forget ? "1" : ""];
        await runScript(redis, RELEASE, { keys: keysOf(request), args });
      }),
  };
}

/** A claim in one argument. */
export function claimText({ body, owner, leaseMs, rememberMs }: ClaimedRequest): string {
  return `${body} ${owner} ${Math.ceil(leaseMs)} ${rememberMs}`;
}

/** Undefined: the script continued. */
export function toRepeatedClaim(reply: unknown): RepeatedClaim | undefined {
  const [state, kept] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (state === "answered" && typeof kept === "string") return { state, answer: kept };
  if (state === "in-flight" || state === "reused") return { state };
  return undefined;
}

function toClaim(reply: unknown): RequestClaim {
  const repeated = toRepeatedClaim(reply);
  if (repeated !== undefined) return repeated;
  if (Array.isArray(reply) && (reply as unknown[])[0] === "claimed") return { state: "claimed" };
  throw new TypeError("unexpected answer of the claim script");
}
