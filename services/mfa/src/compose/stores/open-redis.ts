import type { ServiceConfig } from "../../config/service-config.js";
import { type RedisAddress, redisTarget } from "../../storage/redis/client/redis-address.js";
import { renewableAccess } from "../../storage/redis/client/renewable-access.js";
import { traceCommands } from "../../storage/redis/client/traced-commands.js";
import { openWatchedRedis, type WatchedRedis } from "../../storage/redis/client/watched-redis.js";
import { loggedCondition } from "./logged-condition.js";
import type { StoresWorld } from "./stores.js";

interface RenewableRedis extends WatchedRedis {
  /** Uses this address's credentials and authorities for new connections. */
  readonly renewAccess: (address: RedisAddress) => void;
}

/** Redis with its condition in the log, its commands counted and traced, and its credentials renewable. */
export function openRedis(
  config: ServiceConfig,
  address: RedisAddress,
  { world, closed }: { readonly world: StoresWorld; readonly closed: () => boolean },
): RenewableRedis {
  const watched = openWatchedRedis(address, config, {
    condition: loggedCondition("Redis", { log: world.log, closed }),
    onCommand: world.onRedisCommand,
  });
  const { redis } = watched;
  redis.on("reconnecting", world.onRedisReconnect);
  if (world.tracer !== undefined) traceCommands(redis, world.tracer, redisTarget(address));
  return { ...watched, renewAccess: renewableAccess(redis, address) };
}
