import { sql } from "drizzle-orm";
import type { Database } from "./database.js";

/**
 * Runs each piece of work in a transaction that Postgres ends by itself: a statement that passes the limit is cancelled, and a transaction
 * that nobody goes on with is rolled back. Otherwise Postgres would go on, with its locks, for a client that has left long ago. Set for the
 * transaction alone, because a pooler in transaction mode passes on neither start parameters nor settings of a session.
 */
export function limitedDatabase(database: Database, statementLimitMs: number): Database {
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
