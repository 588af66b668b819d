import type { Database } from "./database.js";

/** How busy a pool of connections is. */
export interface PoolLoad {
  readonly max: number;
  readonly inUse: number;
  /** Pieces of work that wait for a connection. */
  readonly waiting: number;
}

/** What is seen of a database by what it is asked. */
export interface CountedDatabase {
  readonly database: Database;
  readonly load: () => PoolLoad;
}

/** Hears how each piece of work ended. Must not throw. */
export interface WorkObserver {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Counts the work under way. Each piece uses one connection at a time, and what is beyond the pool waits. */
export function countedDatabase(database: Database, max: number, observer: WorkObserver): CountedDatabase {
  let underWay = 0;
  return {
    database: {
      async run(work) {
        underWay += 1;
        try {
          const done = await database.run(work);
          observer.done();
          return done;
        } catch (error) {
          observer.failed(error);
          throw error;
        } finally {
          underWay -= 1;
        }
      },
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    },
    load: () => ({ max, inUse: Math.min(underWay, max), waiting: Math.max(0, underWay - max) }),
  };
}
