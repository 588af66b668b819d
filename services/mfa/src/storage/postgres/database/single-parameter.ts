import { type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";

const texts = new Set<string>();

/** Whether this is the text of such a statement: there are few, so that each connection can keep them under names. */
export function isSingleParameterStatement(text: string): boolean {
  return texts.has(text);
}

/**
 * A statement with one parameter of type text, used once, whose text is put together once: for what every login asks. The builder would take
 * as long over its many pieces as Postgres over the work.
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
