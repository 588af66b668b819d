import type { PostgresAddress } from "../storage/postgres/database/postgres-address.js";
import { readEnvironment } from "./environment-reader.js";
import { readAmbient } from "./security-source.js";
import { readPostgresAddress } from "./store-addresses.js";
import { requireStoreTls } from "./store-tls.js";

/** All that a migration needs: no key and no Redis, so that its role in a cluster can do without them. */
export interface MigrateConfig {
  readonly database: PostgresAddress;
  /** The variable that names it. */
  readonly variable: "MIGRATE_DATABASE_URL" | "DATABASE_URL";
  /** Longest that `--check` may take, in milliseconds. */
  readonly databaseTimeLimitMs: number;
}

export type LoadedMigrateConfig =
  | { readonly ok: true; readonly config: MigrateConfig }
  /** Every problem found, each naming its variable and never its value. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** MIGRATE_DATABASE_URL names the role that may change the schema, and the database itself where servers go through a pooler. */
export function loadMigrateConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): LoadedMigrateConfig {
  const reader = readEnvironment(env, readFile);
  const own = readPostgresAddress(reader, "MIGRATE_DATABASE");
  const database = own ?? readPostgresAddress(reader, "DATABASE");
  const production = readAmbient(env, readFile).environment === "production";
  const variable = own === undefined ? "DATABASE_URL" : "MIGRATE_DATABASE_URL";
  requireStoreTls(reader, production, { [variable]: database });
  const databaseTimeLimitMs = reader.integer("DB_TIMEOUT_MS", { min: 100, max: 30_000, default: 3_000 });
  if (database === undefined && reader.problems().length === 0) {
    reader.report("migrate needs MIGRATE_DATABASE_URL or DATABASE_URL; the embedded default migrates itself");
  }
  const problems = reader.problems();
  if (database === undefined || problems.length > 0) return { ok: false, problems };
  return { ok: true, config: { database, variable, databaseTimeLimitMs } };
}
