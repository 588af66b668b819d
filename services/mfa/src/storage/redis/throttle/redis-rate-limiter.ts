import type { RateLimiter } from "../../../domain/throttle/rate-limiter.js";
import { guarded, type RedisClient } from "../client/redis-client.js";
import { defineScript, runScript } from "../client/script.js";
import { SERVER_NOW } from "../client/server-now.js";
import { bucketArgs, takeFrom } from "./token-bucket.js";

/** KEYS[1] the bucket. ARGV: rate, burst, time to live in ms, tokens wanted. Answers {taken, wait in ms}. */
const TAKE_TOKENS = defineScript(
  "take_tokens",
  `${SERVER_NOW}
${takeFrom("KEYS[1]", ["tonumber(ARGV[1])", "tonumber(ARGV[2])", "ARGV[3]"], "tonumber(ARGV[4])")}
return {taken, wait}
`,
);

/** Token buckets in Redis, for all replicas. */
export function createRedisRateLimiter(redis: RedisClient, keyPrefix: string): RateLimiter {
  return {
    take: (name, wanted, limit) =>
      guarded(async () => {
        const keys = [`${keyPrefix}rate:${name}`];
        const answer = await runScript(redis, TAKE_TOKENS, { keys, args: [...bucketArgs(limit), wanted] });
        const [taken, retryAfterMs] = Array.isArray(answer) ? (answer as unknown[]) : [];
        if (typeof taken !== "number" || typeof retryAfterMs !== "number")
          throw new TypeError("unexpected answer of the rate script");
        return { taken, retryAfterMs };
      }),
  };
}
