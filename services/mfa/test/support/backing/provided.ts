import type { Program } from "./programs.js";

declare module "vitest" {
  /** What the global set-up tells every test file. */
  export interface ProvidedContext {
    /** The migrated database to clone, on a server where the given user may create databases. */
    readonly templateDatabaseUrl: string;
    /** A Redis that all test files share; never flushed. */
    readonly sharedRedisUrl: string;
    /** How to start another Redis; null where only TEST_REDIS_URL is at hand. */
    readonly redisProgram: Program | null;
  }
}
