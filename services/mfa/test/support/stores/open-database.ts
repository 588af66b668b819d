import type { Database } from "../../../src/storage/postgres/database/database.js";
import { openPostgres } from "../../../src/storage/postgres/database/postgres-database.js";
import { createTestDatabase, type TestDatabase } from "./database.js";

/** A migrated Postgres database as the service opens it, beside a connection of the test's own as its owner. */
export async function openTestDatabase(): Promise<Database & Pick<TestDatabase, "sql" | "url">> {
  const own = await createTestDatabase();
  const database = openPostgres({ url: own.url, maxConnections: 10, timeLimitMs: 20_000 });
  return {
    sql: own.sql,
    url: own.url,
    run: (work) => database.run(work),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await own[Symbol.asyncDispose]();
    },
  };
}
