import { once } from "node:events";
import { Redis } from "ioredis";
import { MfaError, storeUnavailable } from "../../domain/errors.js";

export interface RedisOptions {
  readonly url: string;
  /** Longest one command may take, in milliseconds. */
  readonly timeLimitMs: number;
  readonly onError: (error: Error) => void;
}

/** A connection that fails at once while Redis is away: a queue of attempts that are charged later would let guesses through. */
export function openRedis(options: RedisOptions): Redis {
  const redis = new Redis(options.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: options.timeLimitMs,
    commandTimeout: options.timeLimitMs,
    // A peer that is silent with commands under way is taken for dead: the connection is made anew.
    socketTimeout: options.timeLimitMs * 2,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    reconnectOnError: (error) => /^(?:READONLY|LOADING)/.test(error.message),
  });
  redis.on("error", options.onError);
  redis.connect().catch(options.onError);
  return redis;
}

/** Resolves when Redis answers commands; rejects when it does not within the time limit. */
export async function redisReady(redis: Redis, timeLimitMs: number): Promise<void> {
  if (redis.status !== "ready") await once(redis, "ready", { signal: AbortSignal.timeout(timeLimitMs) });
  await redis.ping();
}

/** Any fault of Redis, whatever it is, means that nothing may be approved. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MfaError) throw error;
    throw storeUnavailable("redis", error);
  }
}
