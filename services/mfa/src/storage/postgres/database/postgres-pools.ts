import type { Tracer } from "@countersign/telemetry-ports";
import { sql } from "drizzle-orm";
import type { StoreCondition } from "../../store-condition.js";
import type { Database } from "./database.js";
import { explainPostgresFault, READ_ONLY } from "./explain-fault.js";
import type { PoolLoad } from "./pooled-database.js";
import { type PostgresAddress, postgresServers } from "./postgres-address.js";
import { openPostgres } from "./postgres-database.js";
import { isReadOnly, probeDisk } from "./probe-write.js";

/** Connections that a replica may open in addition to DB_POOL_MAX: one for jobs, one for listings. */
export const CONNECTIONS_BESIDE_LOGINS = 2;

/** Connections by purpose, so that a slow or hanging job or listing does not delay logins. */
export interface PostgresPools extends AsyncDisposable {
  /** Calls of users. */
  readonly database: Database;
  /** Sealing, metrics, checks. */
  readonly jobs: Database;
  /** Listings and counts of administrators. Apart from jobs: callers must not be able to prevent the sealing of the audit log. */
  readonly listings: Database;
  /** Of `database`. */
  readonly load: () => PoolLoad;
  readonly renewAccess: (address: PostgresAddress) => void;
  /** The condition of the work of logins. */
  readonly condition: StoreCondition;
  /** Updates the condition, including writes. Never rejects. */
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
  /** Called once, if statements of logins are no longer named. Must not throw. */
  readonly onStatementsLost: () => void;
  /** Receives the condition of the work of logins. */
  readonly condition: StoreCondition;
}

export function openPostgresPools(
  address: PostgresAddress,
  config: PoolSettings,
  { tracer, onStatementsLost, condition }: PoolsWorld,
): PostgresPools {
  let role = roleOf(address);
  const logins = openPostgres({
    ...address,
    observer: observing(condition, () => role),
    maxConnections: config.databaseConnections,
    timeLimitMs: config.databaseTimeLimitMs,
    preparedStatements: config.preparedStatements,
    onStatementsLost,
    tracer,
  });
  const timeLimitMs = config.jobTimeLimitMs;
  const single = () => openPostgres({ ...address, maxConnections: 1, timeLimitMs, tracer });
  const others = [single(), single()] as const;
  const [jobs, listings] = others.map((each) => limitedDatabase(each, statementLimitMs(timeLimitMs))) as [
    Database,
    Database,
  ];
  return {
    database: logins,
    jobs,
    listings,
    load: () => logins.load,
    renewAccess(next) {
      role = roleOf(next);
      for (const each of [logins, ...others]) each.renewAccess(next);
    },
    condition,
    ask: () => askForWrites(logins, condition),
    async [Symbol.asyncDispose]() {
      await Promise.all([logins, jobs, listings].map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

/** A fault that says nothing about the database is work that it did. */
function observing(condition: StoreCondition, role: () => string | undefined) {
  return {
    done: condition.worked,
    failed(error: unknown): void {
      const fault = explainPostgresFault(error, role());
      if (fault === undefined) condition.worked();
      else condition.failed(fault);
    },
  };
}

/** Checks the setting at every scrape, and the disk itself only after a refused write. The counted database reports refusals. */
async function askForWrites(database: Database, condition: StoreCondition): Promise<void> {
  try {
    if (await database.run(isReadOnly)) {
      condition.failed({ why: READ_ONLY, refusesWrites: true, vague: false });
      return;
    }
    if (condition.why() === undefined) return;
    await database.run(probeDisk);
    condition.tookWrite();
  } catch {
    // Reported to the condition.
  }
}

function roleOf(address: PostgresAddress): string | undefined {
  return postgresServers(address)[0].username;
}

/** A little less than this side waits, so that Postgres reports the cancellation and the connection stays usable. */
function statementLimitMs(timeLimitMs: number): number {
  return Math.ceil(timeLimitMs * 0.9);
}

/**
 * Runs each piece of work in a transaction that Postgres ends by itself: a statement beyond the limit is cancelled, and an idle transaction is rolled
 * back. Otherwise Postgres would continue, holding locks, for a client that is gone. Set per transaction, because a pooler in transaction mode passes
 * on neither start parameters nor session settings.
 */
function limitedDatabase(database: Database, statementLimitMs: number): Database {
  const limit = `${statementLimitMs}ms`;
  return {
    run: (work) =>
      database.run((orm) =>
        orm.transaction(async (tx) => {
          await tx.execute(
            sql`select set_config(name, ${limit}, true) from unnest(array['statement_timeout', 'idle_in_transaction_session_timeout']) name`,
          );
          return work(tx);
        }),
      ),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
