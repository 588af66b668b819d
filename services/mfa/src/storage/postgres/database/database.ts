import { type SQL, sql } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { whyNotBegun } from "./fault.js";

/** Drizzle over either driver, inside or outside a transaction. */
export type Orm = PgDatabase<PgQueryResultHKT>;

/** An open database. Two drivers implement it: postgres.js over the network and PGlite inside the process. */
export interface Database extends AsyncDisposable {
  /**
   * Runs work within the time limit. Throws MfaError STORE_UNAVAILABLE when the database is down, slow, full or read-only; the work may then
   * still take effect.
   */
  run<T>(work: (orm: Orm) => Promise<T>): Promise<T>;
}

/**
 * The rows of a hand-written statement: postgres.js answers an array, PGlite an object with rows. A named statement that the server did not begin,
 * because a pooler lost its name or the schema changed, is sent again, once.
 */
export async function queryRows<Row>(orm: Orm, statement: SQL): Promise<Row[]> {
  const result: unknown = await orm.execute(statement).catch((error: unknown) => {
    if (whyNotBegun(error) === undefined) throw error;
    // With a space at its end it is another text, which has no name on any connection.
    return orm.execute(sql`${statement} `);
  });
  return (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as Row[];
}
