import type { MigrateConfig } from "../config/commands/migrate-config.js";
import { postgresServers } from "../storage/postgres/database/postgres-address.js";
import { openPostgres } from "../storage/postgres/database/postgres-database.js";
import { migrate } from "../storage/postgres/schema/migrate.js";
import { readSchemaState, whyUnusable } from "../storage/postgres/schema/schema-state.js";
import type { ProgramContext } from "./command-line/program-context.js";

export interface MigrateFlags {
  readonly check: boolean | undefined;
  readonly runtimeRole: string | undefined;
  readonly json: boolean | undefined;
}

/** Exit codes: 0 done, 3 (with --check) this program cannot serve on the schema: migrations are missing, or it is too new. */
export async function runMigrate(context: ProgramContext, flags: MigrateFlags): Promise<number> {
  const config = await context.configs.migrate();
  return flags.check === true ? checkSchema(context, config, flags) : migrateSchema(context, config, flags);
}

async function migrateSchema(
  { print }: ProgramContext,
  config: MigrateConfig,
  { runtimeRole, json }: MigrateFlags,
): Promise<number> {
  const { applied, known } = await migrate(config.database, runtimeRole).catch((error: unknown) => {
    throw explained(error, config);
  });
  if (json === true) print(JSON.stringify({ applied, known, runtimeRole }));
  else {
    print(`schema is at version ${applied}`);
    if (runtimeRole !== undefined) print(`${runtimeRole} has the rights that serving needs, and no others`);
  }
  return 0;
}

async function checkSchema(
  { print }: ProgramContext,
  { database: address, databaseTimeLimitMs: timeLimitMs }: MigrateConfig,
  { json }: MigrateFlags,
): Promise<number> {
  await using database = openPostgres({ ...address, maxConnections: 1, timeLimitMs });
  const state = await readSchemaState(database);
  const problem = whyUnusable(state);
  if (json === true) print(JSON.stringify({ ...state, problem }));
  else {
    print(`schema is at version ${state.applied}, this program's at ${state.known}`);
    if (problem !== undefined) print(problem);
  }
  return problem === undefined ? 0 : 3;
}

/** insufficient_privilege, and invalid_schema_name if the role may not even use the schema. */
const MAY_NOT: ReadonlySet<unknown> = new Set(["42501", "3F000"]);

/** Names the role without the privilege and the variable to change. */
function explained(error: unknown, { database, variable }: MigrateConfig): unknown {
  const denied = denialOf(error);
  if (denied === undefined) return error;
  const role = postgresServers(database)[0].username ?? "the role of this connection";
  const remedy =
    variable === "DATABASE_URL"
      ? "Migrate as the owner of the database: set MIGRATE_DATABASE_URL."
      : "MIGRATE_DATABASE_URL must name the owner of the database.";
  return new Error(`${role} may not change the schema (${denied}). ${remedy}`);
}

function denialOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  return "code" in thrown && MAY_NOT.has(thrown.code) ? thrown.message : denialOf(thrown.cause);
}
