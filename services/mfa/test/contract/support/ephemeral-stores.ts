import type { AttemptStore } from "../../../src/domain/ports/attempt-store.js";
import type { ChallengeStore } from "../../../src/domain/ports/challenge-store.js";
import type { CompletionCounter } from "../../../src/domain/ports/completion-counter.js";
import type { RateLimiter } from "../../../src/domain/ports/rate-limiter.js";
import type { RequestLog } from "../../../src/domain/ports/request-log.js";
import type { SendCounter } from "../../../src/domain/ports/send-counter.js";
import { createMemoryCompletionCounter } from "../../../src/storage/memory/memory-completion-counter.js";
import { createMemoryGuessStores } from "../../../src/storage/memory/memory-guess-stores.js";
import { createMemorySendCounter } from "../../../src/storage/memory/memory-send-counter.js";
import { createMemoryRateLimiter } from "../../../src/storage/memory/token-buckets.js";
import { createRedisAttemptStore } from "../../../src/storage/redis/redis-attempt-store.js";
import { createRedisChallengeStore } from "../../../src/storage/redis/redis-challenge-store.js";
import { openRedis } from "../../../src/storage/redis/redis-client.js";
import { createRedisCompletionCounter } from "../../../src/storage/redis/redis-completion-counter.js";
import { createRedisRateLimiter } from "../../../src/storage/redis/redis-rate-limiter.js";
import { createRedisRequestLog } from "../../../src/storage/redis/redis-request-log.js";
import { createRedisSendCounter } from "../../../src/storage/redis/redis-send-counter.js";
import { createTestRedis } from "../../support/redis.js";

/** What a deployment keeps in Redis and development in memory. */
interface EphemeralStores extends AsyncDisposable {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly sends: SendCounter;
  readonly completions: CompletionCounter;
  readonly requests: RequestLog;
  readonly rates: RateLimiter;
}

const nameOf = (subject: readonly string[]) => JSON.stringify(subject);

/** Each implementation, empty, by its name. */
export const ephemeralStores: Record<string, () => Promise<EphemeralStores>> = {
  memory: () =>
    Promise.resolve({
      ...createMemoryGuessStores(Date.now),
      rates: createMemoryRateLimiter(Date.now),
      sends: createMemorySendCounter(Date.now, nameOf),
      completions: createMemoryCompletionCounter(Date.now, nameOf),
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
      completions: createRedisCompletionCounter(redis, own.keyPrefix, nameOf),
      async [Symbol.asyncDispose]() {
        redis.disconnect();
        await own[Symbol.asyncDispose]();
      },
    };
  },
};
