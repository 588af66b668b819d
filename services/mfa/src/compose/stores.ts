import { join } from "node:path";
import type { ServiceConfig } from "../config/service-config.js";
import type { AttemptStore } from "../domain/ports/attempt-store.js";
import { createMemoryAttemptStore } from "../storage/memory/memory-attempt-store.js";
import type { Database } from "../storage/postgres/database.js";
import { openPostgres } from "../storage/postgres/postgres-database.js";
import { createRedisAttemptStore } from "../storage/redis/redis-attempt-store.js";
import { openRedis } from "../storage/redis/redis-client.js";
import type { Log } from "../telemetry/log.js";

export interface Stores extends AsyncDisposable {
  readonly database: Database;
  readonly attempts: AttemptStore;
}

/** The stores that the configuration names, not yet connected: Postgres and Redis, or the embedded pair. */
export async function openStores(config: ServiceConfig, now: () => number, log: Log): Promise<Stores> {
  return config.stores === undefined ? openEmbedded(config, now) : openNetworked(config, config.stores, log);
}

function openNetworked(
  config: ServiceConfig,
  { databaseUrl, redisUrl }: NonNullable<ServiceConfig["stores"]>,
  log: Log,
): Stores {
  const database = openPostgres({
    url: databaseUrl,
    maxConnections: config.databaseConnections,
    timeLimitMs: config.databaseTimeLimitMs,
  });
  const redis = openRedis({
    url: redisUrl,
    timeLimitMs: config.redisTimeLimitMs,
    onError: (error) => log.warn({ err: error }, "redis"),
  });
  return {
    database,
    attempts: createRedisAttemptStore(redis, config.redisKeyPrefix),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** PGlite is loaded only here: it is large, and no part of production. */
async function openEmbedded(config: ServiceConfig, now: () => number): Promise<Stores> {
  const { openPglite } = await import("../storage/postgres/pglite-database.js");
  const folder = config.dataDir === undefined ? undefined : join(config.dataDir, "pglite");
  const database = await openPglite(folder);
  return {
    database,
    attempts: createMemoryAttemptStore(now),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
