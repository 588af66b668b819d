import type { ShortLivedStores } from "../../../src/compose/stores/stores.js";
import { createMemoryAttemptStores } from "../../../src/storage/memory/memory-attempt-stores.js";
import { createMemorySendCounter } from "../../../src/storage/memory/memory-send-counter.js";
import { createMemorySmsConversionCounter } from "../../../src/storage/memory/memory-sms-conversion-counter.js";
import { createMemoryRateLimiter } from "../../../src/storage/memory/token-buckets.js";
import { createRedisChallengeStore } from "../../../src/storage/redis/challenge/redis-challenge-store.js";
import { openRedis } from "../../../src/storage/redis/client/redis-client.js";
import { createRedisSendCounter } from "../../../src/storage/redis/send-quota/redis-send-counter.js";
import { createRedisSmsConversionCounter } from "../../../src/storage/redis/send-quota/redis-sms-conversion-counter.js";
import { createRedisRateLimiter } from "../../../src/storage/redis/throttle/redis-rate-limiter.js";
import { createRedisAttemptStore } from "../../../src/storage/redis/verification/redis-attempt-store.js";
import { createRedisRequestLog } from "../../../src/storage/redis/verification/redis-request-log.js";
import { createTestRedis } from "../../support/stores/redis.js";

const nameOf = (subject: readonly string[]) => JSON.stringify(subject);

/** Each implementation, empty, by its name. */
export const ephemeralStores: Record<string, () => Promise<ShortLivedStores & AsyncDisposable>> = {
  memory: () =>
    Promise.resolve({
      ...createMemoryAttemptStores(Date.now),
      rates: createMemoryRateLimiter(Date.now),
      sends: createMemorySendCounter(Date.now, nameOf),
      completions: createMemorySmsConversionCounter(Date.now, nameOf),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  redis: async () => {
    const own = createTestRedis();
    const redis = openRedis({ url: own.url, timeLimitMs: 5_000, onError: () => undefined });
    await new Promise((resolve) => redis.once("ready", resolve));
    return {
      attempts: createRedisAttemptStore(redis, own.keyPrefix),
      challenges: createRedisChallengeStore(redis, own.keyPrefix),
      requests: createRedisRequestLog(redis, own.keyPrefix),
      rates: createRedisRateLimiter(redis, own.keyPrefix),
      sends: createRedisSendCounter(redis, own.keyPrefix, nameOf),
      completions: createRedisSmsConversionCounter(redis, own.keyPrefix, nameOf),
      async [Symbol.asyncDispose]() {
        redis.disconnect();
        await own[Symbol.asyncDispose]();
      },
    };
  },
};
