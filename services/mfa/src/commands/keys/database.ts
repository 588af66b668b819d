import type { Database } from "../../storage/postgres/database/database.js";
import { openPostgres } from "../../storage/postgres/database/postgres-database.js";
import { type KeyUsage, readKeyUsage } from "../../storage/postgres/keys/key-usage.js";
import { findLackingKeys, forgetUnusedKeys } from "../../storage/postgres/keys/keys-in-use.js";
import type { KeyContext } from "./key-context.js";

/** The audit log may be large, and no caller waits for an answer. */
const TIME_LIMIT_MS = 300_000;
const MAX_CONNECTIONS = 4;

export function openDatabase({ config }: KeyContext): Database {
  if (config.database === undefined) throw new Error("no database: set DATABASE_URL");
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

/** Removes a key from the list of those that servers must have, unless rows still name it. */
export async function forgetKey(context: KeyContext, id: string): Promise<void> {
  await using database = openDatabase(context);
  await forgetUnusedKeys(database, [id]);
}

/** Ids of keys that the database needs and that the ring cannot use. */
export async function missingKeys(database: Database, usable: readonly string[]): Promise<readonly string[]> {
  return (await database.run((orm) => findLackingKeys(orm, usable))).missing;
}
