import type { StoreCondition } from "../../store-condition.js";
import { explainRedisFault } from "./explain-fault.js";
import { probeWrite } from "./probe-write.js";
import { type RedisAddress, redisTarget } from "./redis-address.js";
import { openRedis, type RedisClient } from "./redis-client.js";
import { timeCommands } from "./timed-commands.js";

/** Redis, and its known condition. */
export interface WatchedRedis {
  readonly redis: RedisClient;
  readonly condition: Pick<StoreCondition, "up" | "why">;
  /** Tries a write. Rejects with the error of Redis. */
  readonly ask: () => Promise<void>;
}

interface WatchOptions {
  readonly condition: StoreCondition;
  /** Called with the duration of each command in seconds. Must not throw. */
  readonly onCommand: (seconds: number) => void;
}

/** Opens Redis, and updates its condition after each command and each connection. */
export function openWatchedRedis(
  address: RedisAddress,
  config: { readonly redisTimeLimitMs: number; readonly redisKeyPrefix: string },
  { condition, onCommand }: WatchOptions,
): WatchedRedis {
  const { username } = redisTarget(address);
  function onError(error: unknown): void {
    const fault = explainRedisFault(error, username);
    if (fault !== undefined) condition.failed(fault);
  }
  const redis = openRedis({ ...address, timeLimitMs: config.redisTimeLimitMs, onError });
  redis.on("ready", condition.worked).on("node error", onError);
  timeCommands(redis, (seconds, error) => {
    onCommand(seconds);
    if (error === undefined) condition.worked();
    else onError(error);
  });
  const connected = () => redis.status === "ready";
  return {
    redis,
    condition: {
      up: () => condition.up() && connected(),
      why: () =>
        condition.why() ?? (connected() || condition.up() === undefined ? undefined : "does not answer"),
    },
    async ask() {
      await probeWrite(redis, config.redisKeyPrefix);
      condition.tookWrite();
    },
  };
}
