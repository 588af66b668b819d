import type postgres from "postgres";
import { isSingleParameterStatement } from "./database.js";
import { whyNotBegun } from "./fault.js";

/** Whether statements are named: "auto" until a pooler loses one, true always, false never. */
export type PreparedStatements = "auto" | boolean;

/** Whether statements of one database are currently named, for all its pools. */
export interface Naming {
  readonly inUse: boolean;
  /** Called when a server did not know a name that its connection had been given. */
  lost(): void;
}

export function createNaming({
  preparedStatements = "auto",
  onStatementsLost,
}: {
  readonly preparedStatements?: PreparedStatements;
  readonly onStatementsLost?: () => void;
}): Naming {
  let inUse = preparedStatements !== false;
  return {
    get inUse() {
      return inUse;
    },
    lost() {
      if (!inUse || preparedStatements !== "auto") return;
      inUse = false;
      onStatementsLost?.();
    },
  };
}

/**
 * Names the statements of logins, which are few and have one parameter; the others have a text for each number of values. Drizzle sends each
 * statement by `unsafe` without a name. Within transactions none is named.
 */
export function nameStatements(pool: postgres.Sql, naming: Naming): void {
  const unsafe = pool.unsafe.bind(pool);
  pool.unsafe = (text, parameters, options) => {
    const prepare = naming.inUse && isSingleParameterStatement(text);
    return heard(unsafe(text, parameters, { ...options, prepare }), prepare);
  };

  function heard<Query extends Promise<unknown>>(query: Query, named: boolean): Query {
    if (!named) return query;
    query.catch((error: unknown) => {
      if (whyNotBegun(error) === "name lost") naming.lost();
    });
    return query;
  }
}
