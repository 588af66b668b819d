import { join } from "node:path";
import type { ServiceConfig } from "../config/service-config.js";
import type { AttemptStore } from "../domain/ports/attempt-store.js";
import { createMemoryAttemptStore } from "../storage/memory/memory-attempt-store.js";
import type { Database } from "../storage/postgres/database.js";
import { migrate, migrateDatabase, readSchemaState } from "../storage/postgres/migrate.js";
import { openPostgres } from "../storage/postgres/postgres-database.js";
import { createRedisAttemptStore } from "../storage/redis/redis-attempt-store.js";
import { openRedis, redisReady } from "../storage/redis/redis-client.js";
import type { Log } from "../telemetry/log.js";
import { Closer } from "./closer.js";
import { lockDataDir } from "./data-dir-lock.js";

export interface Stores extends AsyncDisposable {
  readonly database: Database;
  readonly attempts: AttemptStore;
  /** Throws unless both stores answer and the schema is new enough. Development brings the schema up to date by itself. */
  prepare(): Promise<void>;
}

/** The stores that the configuration names, not yet connected: Postgres and Redis, or the embedded pair. */
export async function openStores(config: ServiceConfig, log: Log): Promise<Stores> {
  return config.stores === undefined ? openEmbedded(config) : openNetworked(config, config.stores, log);
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
    async prepare() {
      await Promise.all([
        prepareSchema(database, config, databaseUrl),
        redisReady(redis, config.redisTimeLimitMs),
      ]);
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** PGlite is loaded only here: it is large, and the production image is built without it. */
async function openEmbedded(config: ServiceConfig): Promise<Stores> {
  const { openPglite } = await import("../storage/postgres/pglite-database.js").catch(embeddedIsMissing);
  const closer = new Closer();
  if (config.dataDir !== undefined) closer.own(await lockDataDir(config.dataDir));
  const folder = config.dataDir === undefined ? undefined : join(config.dataDir, "pglite");
  const database = closer.own(await openPglite(folder));
  return {
    database,
    attempts: createMemoryAttemptStore(Date.now),
    async prepare() {
      await migrateDatabase(database, new Date());
    },
    [Symbol.asyncDispose]: () => closer[Symbol.asyncDispose](),
  };
}

function embeddedIsMissing(error: unknown): never {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
  throw new Error("this build has no embedded database: set DATABASE_URL and REDIS_URL", { cause: error });
}

async function prepareSchema(database: Database, config: ServiceConfig, databaseUrl: string): Promise<void> {
  const { known, applied } = await readSchemaState(database);
  if (applied >= known) return;
  if (config.environment === "production" || config.environment === "staging") {
    throw new Error(`the schema is at version ${applied} and must be at ${known}: run countersign migrate`);
  }
  await migrate(databaseUrl);
}
