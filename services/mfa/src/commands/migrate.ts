import type { MigrateConfig } from "../config/migrate-config.js";
import { migrate, readSchemaState } from "../storage/postgres/migrate.js";
import { openPostgres } from "../storage/postgres/postgres-database.js";

/** Exit codes: 0 up to date, 3 (with --check) migrations are missing. */
export async function runMigrate(
  { database: address, databaseTimeLimitMs }: MigrateConfig,
  options: { readonly check: boolean; readonly runtimeRole: string | undefined },
): Promise<number> {
  if (!options.check) {
    const { applied } = await migrate(address, options.runtimeRole);
    process.stdout.write(`schema is at version ${applied}\n`);
    if (options.runtimeRole !== undefined) {
      process.stdout.write(`${options.runtimeRole} has the rights that serving needs, and no others\n`);
    }
    return 0;
  }
  await using database = openPostgres({
    ...address,
    maxConnections: 1,
    timeLimitMs: databaseTimeLimitMs,
  });
  const { applied, known } = await readSchemaState(database);
  process.stdout.write(`schema is at version ${applied}, this program's at ${known}\n`);
  return applied >= known ? 0 : 3;
}
