import type { Tracer } from "@countersign/telemetry-ports";
import { sql } from "drizzle-orm";
import { countedDatabase, type PoolLoad } from "./counted-database.js";
import type { Database } from "./database.js";
import { limitedDatabase } from "./limited-database.js";
import type { PostgresAddress } from "./postgres-address.js";
import { openPostgres } from "./postgres-database.js";

/** Connections that a replica may open besides DB_POOL_MAX: one for jobs, one for listings. */
export const CONNECTIONS_BESIDE_LOGINS = 2;

/** Connections by what they are for, so that neither a job nor a listing that hangs or is slow keeps logins waiting. */
export interface PostgresPools extends AsyncDisposable {
  /** Everything that a user waits for. */
  readonly database: Database;
  /** Sealing, metrics, checks. */
  readonly jobs: Database;
  /** What administrators list and count. Not with jobs: callers must not be able to keep the audit log from being sealed. */
  readonly listings: Database;
  /** Of `database`. */
  readonly load: () => PoolLoad;
  readonly answers: () => boolean;
  readonly renewAccess: (address: PostgresAddress) => void;
  /** Has `answers` tell of now. Never rejects. */
  readonly ask: () => Promise<void>;
}

interface PoolSettings {
  readonly databaseConnections: number;
  readonly databaseTimeLimitMs: number;
  readonly jobTimeLimitMs: number;
  readonly preparedStatements: "auto" | boolean;
}

interface PoolsWorld {
  readonly tracer: Tracer | undefined;
  /** Called once, when statements of logins are named no more. Must not throw. */
  readonly onStatementsLost: () => void;
}

export function openPostgresPools(
  address: PostgresAddress,
  config: PoolSettings,
  { tracer, onStatementsLost }: PoolsWorld,
): PostgresPools {
  const logins = openPostgres({
    ...address,
    maxConnections: config.databaseConnections,
    timeLimitMs: config.databaseTimeLimitMs,
    preparedStatements: config.preparedStatements,
    onStatementsLost,
    tracer,
  });
  const { database, load, answers } = countedDatabase(logins, config.databaseConnections);
  const timeLimitMs = config.jobTimeLimitMs;
  const single = () => openPostgres({ ...address, maxConnections: 1, timeLimitMs, tracer });
  const others = [single(), single()] as const;
  const [jobs, listings] = others.map((each) => limitedDatabase(each, statementLimitMs(timeLimitMs))) as [
    Database,
    Database,
  ];
  return {
    database,
    jobs,
    listings,
    load,
    answers,
    renewAccess(next) {
      for (const each of [logins, ...others]) each.renewAccess(next);
    },
    ask: () =>
      database
        .run((orm) => orm.execute(sql`select 1`))
        .then(
          () => undefined,
          () => undefined,
        ),
    async [Symbol.asyncDispose]() {
      await Promise.all([database, jobs, listings].map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

/** A little less than what this side waits: Postgres then says that it gave up, and the connection is still good. */
function statementLimitMs(timeLimitMs: number): number {
  return Math.ceil(timeLimitMs * 0.9);
}
