import type { Database } from "../../storage/postgres/database/database.js";
import { openPostgres } from "../../storage/postgres/database/postgres-database.js";
import { type KeyUsage, readKeyUsage } from "../../storage/postgres/keys/key-usage.js";
import type { KeyContext } from "./key-context.js";

/** The audit log may be large, and nobody waits for an answer on the other side. */
const TIME_LIMIT_MS = 300_000;
const MAX_CONNECTIONS = 4;

export function openDatabase({ config }: KeyContext): Database {
  if (config.database === undefined) throw new Error("no database to look at: set DATABASE_URL");
  return openPostgres({
    ...config.database,
    maxConnections: MAX_CONNECTIONS,
    timeLimitMs: TIME_LIMIT_MS,
  });
}

export async function usageByKey(context: KeyContext): Promise<ReadonlyMap<string, KeyUsage>> {
  await using database = openDatabase(context);
  return await database.run(readKeyUsage);
}
