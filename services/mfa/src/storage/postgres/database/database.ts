import { type SQL, sql } from "drizzle-orm";
import { type PgDatabase, PgDialect, type PgQueryResultHKT } from "drizzle-orm/pg-core";
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
 * The rows of a hand-written statement: postgres.js returns an array, PGlite an object with rows. A named statement that the server did not start,
 * because a pooler lost its name or the schema changed, is sent again once.
 */
export async function queryRows<Row>(orm: Orm, statement: SQL): Promise<Row[]> {
  const result: unknown = await orm.execute(statement).catch((error: unknown) => {
    if (whyNotBegun(error) === undefined) throw error;
    // With a trailing space it is another text, which has no name on any connection.
    return orm.execute(sql`${statement} `);
  });
  return (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as Row[];
}

const texts = new Set<string>();

/** Whether this is the text of such a statement. There are few, so each connection can prepare them under names. */
export function isSingleParameterStatement(text: string): boolean {
  return texts.has(text);
}

/**
 * A statement with one parameter of type text, used once, whose text is built once: for the statements of every login. The query builder would take
 * as long as Postgres does for the work.
 */
export function singleParameterStatement(build: (parameter: SQL) => SQL): (value: string) => SQL {
  const { sql: text } = new PgDialect().sqlToQuery(build(sql`${sql.placeholder("value")}`));
  const pieces = text.split("$1");
  const [head, tail] = pieces;
  if (head === undefined || tail === undefined || pieces.length > 2)
    throw new Error("a statement of one parameter uses it once");
  texts.add(text);
  return (value) => sql`${sql.raw(head)}${value}${sql.raw(tail)}`;
}
