import type { ServiceConfig } from "../../config/service-config.js";
import type { StoreAddresses } from "../../config/stores/store-addresses.js";
import { storeUnavailable } from "../../domain/errors.js";
import { type Clock, postgresClockSkew, redisClockSkew } from "../../storage/clocks/store-clocks.js";
import type { Database } from "../../storage/postgres/database/database.js";
import { createGate, gatedDatabase } from "../../storage/postgres/database/pooled-database.js";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { openPostgresPools, type PostgresPools } from "../../storage/postgres/database/postgres-pools.js";
import { redisReady, whyUnfit } from "../../storage/redis/client/redis-client.js";
import type { WatchedRedis } from "../../storage/redis/client/watched-redis.js";
import type { StoreVitals } from "../../telemetry/metrics/store-vitals.js";
import { loggedCondition } from "./logged-condition.js";
import { openRedis } from "./open-redis.js";
import { prepareSchema } from "./prepare-schema.js";
import { redisStores } from "./redis-stores.js";
import type { Stores, StoresWorld } from "./stores.js";

/** Postgres and Redis, not yet connected. */
export function openNetworkedStores(
  config: ServiceConfig,
  addresses: StoreAddresses,
  world: StoresWorld,
): Stores {
  let closed = false;
  const ended = () => closed;
  const pools = openPools(config, addresses.database, { world, closed: ended });
  const watched = openRedis(config, addresses.redis, { world, closed: ended });
  const { redis } = watched;
  return {
    ...databases(pools),
    ...redisStores(redis, config.redisKeyPrefix, world.ring),
    redis: {
      whyUnfit: () => whyUnfit(redis),
      onConnected: (look) => void redis.on("ready", look).on("+node", look),
    },
    renewAccess(next) {
      pools.renewAccess(next.database);
      watched.renewAccess(next.redis);
    },
    vitals: vitalsOf(pools, watched, world.hostClock),
    async prepare() {
      const [schema] = await Promise.all([
        prepareSchema(pools.database, config, addresses.database),
        redisReady(redis, config.redisTimeLimitMs).then(watched.ask),
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

function openPools(
  config: ServiceConfig,
  address: PostgresAddress,
  { world, closed }: { readonly world: StoresWorld; readonly closed: () => boolean },
): PostgresPools {
  const { log, tracer } = world;
  return openPostgresPools(address, config, {
    tracer,
    condition: loggedCondition("Postgres", { log, closed }),
    onStatementsLost: () =>
      log.warn(
        {},
        "the pooler does not keep prepared statements; continuing without them, see DB_PREPARED_STATEMENTS",
      ),
  });
}

function databases(
  pools: PostgresPools,
): Pick<Stores, "database" | "jobs" | "listings" | "ungated" | "gate"> {
  const gate = createGate();
  const gated = (database: Database) => gatedDatabase(database, gate);
  return {
    database: gated(pools.database),
    jobs: gated(pools.jobs),
    listings: gated(pools.listings),
    ungated: pools.jobs,
    gate,
  };
}

function vitalsOf(
  pools: PostgresPools,
  { redis, condition, ask }: WatchedRedis,
  hostClock: Clock,
): StoreVitals {
  return {
    pool: pools.load,
    postgresUp: pools.condition.up,
    whyPostgres: pools.condition.why,
    askPostgres: pools.ask,
    redisUp: condition.up,
    whyRedis: condition.why,
    askRedis: () => ask().catch(() => undefined),
    postgresClockSkew: () => postgresClockSkew(pools.jobs, hostClock),
    redisClockSkew: () => redisClockSkew(redis, hostClock),
  };
}
