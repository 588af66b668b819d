import type { KeyRing } from "@countersign/field-crypto";
import { sendSubjectName } from "../../crypto/keyed-ports.js";
import { createRedisChallengeStore } from "../../storage/redis/challenge/redis-challenge-store.js";
import type { RedisClient } from "../../storage/redis/client/redis-client.js";
import { createRedisSendCounter } from "../../storage/redis/send-quota/redis-send-counter.js";
import { createRedisSmsConversionCounter } from "../../storage/redis/send-quota/redis-sms-conversion-counter.js";
import { createRedisRateLimiter } from "../../storage/redis/throttle/redis-rate-limiter.js";
import { createRedisAttemptStore } from "../../storage/redis/verification/redis-attempt-store.js";
import { createRedisRequestLog } from "../../storage/redis/verification/redis-request-log.js";
import type { ShortLivedStores } from "./stores.js";

/** Short-lived state in Redis, under one prefix. */
export function redisStores(redis: RedisClient, prefix: string, ring: () => KeyRing): ShortLivedStores {
  const subjectName = sendSubjectName(ring);
  return {
    attempts: createRedisAttemptStore(redis, prefix),
    challenges: createRedisChallengeStore(redis, prefix),
    requests: createRedisRequestLog(redis, prefix),
    rates: createRedisRateLimiter(redis, prefix),
    sends: createRedisSendCounter(redis, prefix, subjectName),
    completions: createRedisSmsConversionCounter(redis, prefix, subjectName),
  };
}
