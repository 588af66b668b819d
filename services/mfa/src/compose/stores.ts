import { join } from "node:path";
import type { KeyRing } from "@countersign/field-crypto";
import type { Log, Tracer } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../config/service-config.js";
import type { StoreAddresses } from "../config/stores/store-addresses.js";
import { sendSubjectName } from "../crypto/keyed-ports.js";
import type { ChallengeStore } from "../domain/challenge/challenge-store.js";
import { storeUnavailable } from "../domain/errors.js";
import type { RequestLog } from "../domain/idempotency/request-log.js";
import type { SendCounter } from "../domain/send-quota/send-counter.js";
import type { SmsConversionCounter } from "../domain/send-quota/sms-conversion-counter.js";
import type { RateLimiter } from "../domain/throttle/rate-limiter.js";
import type { AttemptStore } from "../domain/verification/attempt-store.js";
import type { RedisFitness } from "../readiness/fitness.js";
import { type Clock, postgresClockSkew, redisClockSkew } from "../storage/clocks/store-clocks.js";
import { createMemoryAttemptStores } from "../storage/memory/memory-attempt-stores.js";
import { createMemorySendCounter } from "../storage/memory/memory-send-counter.js";
import { createMemorySmsConversionCounter } from "../storage/memory/memory-sms-conversion-counter.js";
import { createMemoryRateLimiter } from "../storage/memory/token-buckets.js";
import { lockDataDir } from "../storage/postgres/database/data-dir-lock.js";
import type { Database } from "../storage/postgres/database/database.js";
import { createGate, type Gate, gatedDatabase } from "../storage/postgres/database/pooled-database.js";
import type { PostgresAddress } from "../storage/postgres/database/postgres-address.js";
import { openPostgresPools } from "../storage/postgres/database/postgres-pools.js";
import { migrate, migrateDatabase } from "../storage/postgres/schema/migrate.js";
import { readSchemaState, type SchemaState, whyUnusable } from "../storage/postgres/schema/schema-state.js";
import { createRedisChallengeStore } from "../storage/redis/challenge/redis-challenge-store.js";
import { redisTarget } from "../storage/redis/client/redis-address.js";
import { redisReady, whyUnfit } from "../storage/redis/client/redis-client.js";
import { renewableAccess } from "../storage/redis/client/renewable-access.js";
import { traceCommands } from "../storage/redis/client/traced-commands.js";
import { openWatchedRedis } from "../storage/redis/client/watched-redis.js";
import { createRedisRequestLog } from "../storage/redis/idempotency/redis-request-log.js";
import { createRedisSendCounter } from "../storage/redis/send-quota/redis-send-counter.js";
import { createRedisSmsConversionCounter } from "../storage/redis/send-quota/redis-sms-conversion-counter.js";
import { createRedisRateLimiter } from "../storage/redis/throttle/redis-rate-limiter.js";
import { createRedisAttemptStore } from "../storage/redis/verification/redis-attempt-store.js";
import type { StoreVitals } from "../telemetry/metrics/store-vitals.js";
import { Closer } from "./closer.js";
import { loggedCondition } from "./logged-condition.js";

export interface Stores extends AsyncDisposable {
  readonly database: Database;
  /** For work that nobody waits for, and for what administrators list. An embedded store is the same one for all. */
  readonly jobs: Database;
  readonly listings: Database;
  /** As `jobs`, also while the gate is closed: to look whether it may be opened. */
  readonly ungated: Database;
  /** Lets all other work through to the database. Closed until the stores are prepared and somebody opens it. */
  readonly gate: Gate;
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly sends: SendCounter;
  readonly completions: SmsConversionCounter;
  readonly requests: RequestLog;
  readonly rates: RateLimiter;
  /**
   * Throws unless both stores answer, Redis keeps what it is given and the schema suits this program. Development brings the schema up to date
   * by itself.
   */
  prepare(): Promise<SchemaState>;
  readonly redis: RedisFitness;
  /** Has new connections use these credentials and authorities. */
  renewAccess(addresses: StoreAddresses): void;
  readonly vitals: StoreVitals;
}

/** The stores that the configuration names, not yet connected: Postgres and Redis, or the embedded pair. */
export async function openStores(config: ServiceConfig, world: StoresWorld): Promise<Stores> {
  return config.stores === undefined
    ? openEmbedded(config, world)
    : openNetworked(config, config.stores, world);
}

interface StoresWorld {
  readonly ring: () => KeyRing;
  readonly log: Log;
  /** Hears how many seconds each command to Redis took. Must not throw. */
  readonly onRedisCommand: (seconds: number) => void;
  readonly onRedisReconnect: () => void;
  readonly tracer: Tracer | undefined;
  readonly hostClock: Clock;
  /** What the embedded stores go by; networked ones have clocks of their own. */
  readonly embeddedClock: Clock;
}

function openNetworked(
  config: ServiceConfig,
  stores: StoreAddresses,
  { ring, log, onRedisCommand, onRedisReconnect, tracer, hostClock }: StoresWorld,
): Stores {
  let closed = false;
  const reported = { log, closed: () => closed };
  const pools = openPostgresPools(stores.database, config, {
    tracer,
    condition: loggedCondition("Postgres", reported),
    onStatementsLost: () =>
      log.warn(
        {},
        "a pooler does not keep prepared statements; going on without, see DB_PREPARED_STATEMENTS",
      ),
  });
  const {
    redis,
    condition,
    ask: askRedis,
  } = openWatchedRedis(stores.redis, config, {
    condition: loggedCondition("Redis", reported),
    onCommand: onRedisCommand,
  });
  redis.on("reconnecting", onRedisReconnect);
  if (tracer !== undefined) traceCommands(redis, tracer, redisTarget(stores.redis));
  const renewRedis = renewableAccess(redis, stores.redis);
  const gate = createGate();
  const gated = (database: Database) => gatedDatabase(database, gate);
  return {
    redis: {
      whyUnfit: () => whyUnfit(redis),
      onConnected: (look) => void redis.on("ready", look).on("+node", look),
    },
    renewAccess(next) {
      pools.renewAccess(next.database);
      renewRedis(next.redis);
    },
    database: gated(pools.database),
    jobs: gated(pools.jobs),
    listings: gated(pools.listings),
    ungated: pools.jobs,
    gate,
    vitals: {
      pool: pools.load,
      postgresUp: pools.condition.up,
      whyPostgres: pools.condition.why,
      askPostgres: pools.ask,
      redisUp: condition.up,
      whyRedis: condition.why,
      askRedis: () => askRedis().catch(() => undefined),
      postgresClockSkew: () => postgresClockSkew(pools.jobs, hostClock),
      redisClockSkew: () => redisClockSkew(redis, hostClock),
    },
    attempts: createRedisAttemptStore(redis, config.redisKeyPrefix),
    challenges: createRedisChallengeStore(redis, config.redisKeyPrefix),
    requests: createRedisRequestLog(redis, config.redisKeyPrefix),
    rates: createRedisRateLimiter(redis, config.redisKeyPrefix),
    sends: createRedisSendCounter(redis, config.redisKeyPrefix, sendSubjectName(ring)),
    completions: createRedisSmsConversionCounter(redis, config.redisKeyPrefix, sendSubjectName(ring)),
    async prepare() {
      const [schema] = await Promise.all([
        prepareSchema(pools.database, config, stores.database),
        redisReady(redis, config.redisTimeLimitMs).then(askRedis),
      ]);
      await pools.ask();
      const why = pools.condition.why();
      if (why !== undefined) throw storeUnavailable("postgres", new Error(`Postgres ${why}`));
      return schema;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      redis.disconnect();
      await pools[Symbol.asyncDispose]();
    },
  };
}

async function openEmbedded(config: ServiceConfig, { ring, embeddedClock }: StoresWorld): Promise<Stores> {
  const { openPglite } = await loadEmbeddedDatabase();
  const closer = new Closer();
  if (config.dataDir !== undefined) closer.own(await lockDataDir(config.dataDir));
  const folder = config.dataDir === undefined ? undefined : join(config.dataDir, "pglite");
  const ungated = closer.own(await openPglite(folder));
  const gate = createGate();
  const database = gatedDatabase(ungated, gate);
  return {
    ungated,
    gate,
    database,
    jobs: database,
    listings: database,
    redis: { whyUnfit: () => Promise.resolve(undefined), onConnected: () => undefined },
    renewAccess: () => undefined,
    vitals: {
      pool: () => undefined,
      postgresUp: () => true,
      whyPostgres: () => undefined,
      askPostgres: () => Promise.resolve(),
      redisUp: () => true,
      whyRedis: () => undefined,
      askRedis: () => Promise.resolve(),
      postgresClockSkew: () => Promise.resolve(0),
      redisClockSkew: () => Promise.resolve(0),
    },
    ...createMemoryAttemptStores(embeddedClock),
    rates: createMemoryRateLimiter(Date.now),
    sends: createMemorySendCounter(embeddedClock, sendSubjectName(ring)),
    completions: createMemorySmsConversionCounter(embeddedClock, sendSubjectName(ring)),
    prepare: async () => requireUsable(await migrateDatabase(ungated, new Date())),
    [Symbol.asyncDispose]: () => closer[Symbol.asyncDispose](),
  };
}

/** PGlite is loaded only here: it is large, and the production image is built without it. Throws where it is not there. */
export async function loadEmbeddedDatabase(): Promise<
  typeof import("../storage/postgres/database/pglite-database.js")
> {
  try {
    return await import("../storage/postgres/database/pglite-database.js");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new Error("this build has no embedded database: set DATABASE_URL and REDIS_URL", { cause: error });
  }
}

async function prepareSchema(
  database: Database,
  config: ServiceConfig,
  address: PostgresAddress,
): Promise<SchemaState> {
  const state = await readSchemaState(database);
  const { environment } = config;
  if (state.applied >= state.known || environment === "production" || environment === "staging") {
    return requireUsable(state);
  }
  return requireUsable(await migrate(address));
}

function requireUsable(state: SchemaState): SchemaState {
  const problem = whyUnusable(state);
  if (problem !== undefined) throw new Error(problem);
  return state;
}
