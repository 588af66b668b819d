import type { ServiceConfig } from "../config/service-config.js";
import { migrate, readSchemaState } from "../storage/postgres/migrate.js";
import { openPostgres } from "../storage/postgres/postgres-database.js";

/** Exit codes: 0 up to date, 2 nothing to migrate with, 3 (with --check) migrations are missing. */
export async function runMigrate(
  config: ServiceConfig,
  options: { readonly check: boolean },
): Promise<number> {
  if (config.stores === undefined) {
    process.stderr.write("countersign: migrate needs DATABASE_URL; the embedded default migrates itself\n");
    return 2;
  }
  const { databaseUrl } = config.stores;
  if (!options.check) {
    const { applied } = await migrate(databaseUrl);
    process.stdout.write(`schema is at version ${applied}\n`);
    return 0;
  }
  await using database = openPostgres({
    url: databaseUrl,
    maxConnections: 1,
    timeLimitMs: config.databaseTimeLimitMs,
  });
  const { applied, known } = await readSchemaState(database);
  process.stdout.write(`schema is at version ${applied}, this program's at ${known}\n`);
  return applied >= known ? 0 : 3;
}
