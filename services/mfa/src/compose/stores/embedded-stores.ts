import { join } from "node:path";
import type { ServiceConfig } from "../../config/service-config.js";
import { sendSubjectName } from "../../crypto/keyed-ports.js";
import { createMemoryAttemptStores } from "../../storage/memory/memory-attempt-stores.js";
import { createMemorySendCounter } from "../../storage/memory/memory-send-counter.js";
import { createMemorySmsConversionCounter } from "../../storage/memory/memory-sms-conversion-counter.js";
import { createMemoryRateLimiter } from "../../storage/memory/token-buckets.js";
import { lockDataDir } from "../../storage/postgres/database/data-dir-lock.js";
import { createGate, gatedDatabase } from "../../storage/postgres/database/pooled-database.js";
import { migrateDatabase } from "../../storage/postgres/schema/migrate.js";
import type { StoreVitals } from "../../telemetry/metrics/store-vitals.js";
import { requireUsable } from "./prepare-schema.js";
import type { ShortLivedStores, Stores, StoresWorld } from "./stores.js";

/** A store inside this process is up while the process is, and shares its clock. */
const VITALS: StoreVitals = {
  pool: () => undefined,
  postgresUp: () => true,
  whyPostgres: () => undefined,
  askPostgres: () => Promise.resolve(),
  redisUp: () => true,
  whyRedis: () => undefined,
  askRedis: () => Promise.resolve(),
  postgresClockSkew: () => Promise.resolve(0),
  redisClockSkew: () => Promise.resolve(0),
};

/** A database inside this process, and short-lived state in memory. The schema is always migrated. */
export async function openEmbeddedStores(config: ServiceConfig, world: StoresWorld): Promise<Stores> {
  const { openPglite } = await loadEmbeddedDatabase();
  const lock = config.dataDir === undefined ? undefined : await lockDataDir(config.dataDir);
  const folder = config.dataDir === undefined ? undefined : join(config.dataDir, "pglite");
  const ungated = await openPglite(folder);
  const gate = createGate();
  const database = gatedDatabase(ungated, gate);
  return {
    ...memoryStores(world),
    ungated,
    gate,
    database,
    jobs: database,
    listings: database,
    redis: { whyUnfit: () => Promise.resolve(undefined), onConnected: () => undefined },
    renewAccess: () => undefined,
    vitals: VITALS,
    prepare: async () => requireUsable(await migrateDatabase(ungated, new Date())),
    async [Symbol.asyncDispose]() {
      try {
        await ungated[Symbol.asyncDispose]();
      } finally {
        await lock?.[Symbol.asyncDispose]();
      }
    },
  };
}

function memoryStores({ ring, embeddedClock }: StoresWorld): ShortLivedStores {
  const subjectName = sendSubjectName(ring);
  return {
    ...createMemoryAttemptStores(embeddedClock),
    rates: createMemoryRateLimiter(Date.now),
    sends: createMemorySendCounter(embeddedClock, subjectName),
    completions: createMemorySmsConversionCounter(embeddedClock, subjectName),
  };
}

/** PGlite is loaded only here: it is large, and the production image is built without it. Throws if it is missing. */
export async function loadEmbeddedDatabase(): Promise<
  typeof import("../../storage/postgres/database/pglite-database.js")
> {
  try {
    return await import("../../storage/postgres/database/pglite-database.js");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new Error("this build has no embedded database: set DATABASE_URL and REDIS_URL", { cause: error });
  }
}
