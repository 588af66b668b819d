import type { Tracer } from "@countersign/telemetry-ports";
import { sql } from "drizzle-orm";
import type { StoreCondition } from "../../store-condition.js";
import type { Database } from "./database.js";
import { explainPostgresFault, READ_ONLY } from "./explain-fault.js";
import type { PoolLoad } from "./pooled-database.js";
import { type PostgresAddress, postgresServers } from "./postgres-address.js";
import { openPostgres } from "./postgres-database.js";
import { isReadOnly, probeDisk } from "./probe-write.js";

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
  readonly renewAccess: (address: PostgresAddress) => void;
  /** How the work of logins goes. */
  readonly condition: StoreCondition;
  /** Has the condition tell of now, of writes too. Never rejects. */
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
  /** Hears how the work of logins goes. */
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

/** By a setting, at every scrape; by the disk itself only where writes were refused. A refusal is heard by the counted database. */
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
    // Told to the condition.
  }
}

function roleOf(address: PostgresAddress): string | undefined {
  return postgresServers(address)[0].username;
}

/** A little less than what this side waits: Postgres then says that it gave up, and the connection is still good. */
function statementLimitMs(timeLimitMs: number): number {
  return Math.ceil(timeLimitMs * 0.9);
}

/**
 * Runs each piece of work in a transaction that Postgres ends by itself: a statement that passes the limit is cancelled, and a transaction
 * that nobody goes on with is rolled back. Otherwise Postgres would go on, with its locks, for a client that has left long ago. Set for the
 * transaction alone, because a pooler in transaction mode passes on neither start parameters nor settings of a session.
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
