import type { MigrateConfig } from "../config/commands/migrate-config.js";
import { openPostgres } from "../storage/postgres/database/postgres-database.js";
import { migrate } from "../storage/postgres/schema/migrate.js";
import { readSchemaState, whyUnusable } from "../storage/postgres/schema/schema-state.js";

/** Exit codes: 0 done, 3 (with --check) this program cannot serve on the schema: migrations are missing, or it is too new. */
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
  const state = await readSchemaState(database);
  process.stdout.write(`schema is at version ${state.applied}, this program's at ${state.known}\n`);
  const problem = whyUnusable(state);
  if (problem !== undefined) process.stdout.write(`${problem}\n`);
  return problem === undefined ? 0 : 3;
}
