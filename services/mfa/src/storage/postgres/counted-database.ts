import type { Database } from "./database.js";

/** How busy a pool of connections is. */
export interface PoolLoad {
  readonly max: number;
  readonly inUse: number;
  /** Pieces of work that wait for a connection. */
  readonly waiting: number;
}

/** Counts the work under way. Each piece uses one connection at a time, and what is beyond the pool waits. */
export function countedDatabase(
  database: Database,
  max: number,
): { readonly database: Database; readonly load: () => PoolLoad } {
  let underWay = 0;
  return {
    database: {
      async run(work) {
        underWay += 1;
        try {
          return await database.run(work);
        } finally {
          underWay -= 1;
        }
      },
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    },
    load: () => ({ max, inUse: Math.min(underWay, max), waiting: Math.max(0, underWay - max) }),
  };
}
