import type { ReadFile } from "@countersign/security-config";
import { createSettingsReader, type Environment } from "@countersign/settings";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { readAmbient } from "../security/security-source.js";
import { misspeltSettings } from "../settings/misspelt.js";
import { readPostgresAddress } from "../stores/store-addresses.js";
import { DATABASE_TIME_LIMIT } from "../stores/store-config.js";
import { requireStoreTls } from "../stores/store-tls.js";
import type { LoadedCommandConfig } from "./database-command.js";

/** The configuration of a migration: no key and no Redis, so that its job in a cluster does not need them. */
export interface MigrateConfig {
  readonly database: PostgresAddress;
  /** The variable that names it. */
  readonly variable: "MIGRATE_DATABASE_URL" | "DATABASE_URL";
  /** Longest that `--check` may take, in milliseconds. */
  readonly databaseTimeLimitMs: number;
}

/** MIGRATE_DATABASE_URL names the role that may change the schema, and the database itself if servers go through a pooler. */
export function loadMigrateConfig(env: Environment, readFile: ReadFile): LoadedCommandConfig<MigrateConfig> {
  const production = readAmbient(env, readFile).environment === "production";
  const reader = createSettingsReader(env, { readFile, production });
  const own = readPostgresAddress(reader, "MIGRATE_DATABASE");
  const refused = reader.problems().length > 0;
  const database = own ?? (refused ? undefined : readPostgresAddress(reader, "DATABASE"));
  const variable = own === undefined ? "DATABASE_URL" : "MIGRATE_DATABASE_URL";
  requireStoreTls(reader, production, { [variable]: database });
  const databaseTimeLimitMs = reader.read(DATABASE_TIME_LIMIT).DB_TIMEOUT_MS;
  if (database === undefined && reader.problems().length === 0) {
    reader.report(
      "MIGRATE_DATABASE_URL",
      "or DATABASE_URL is required by migrate; the embedded default migrates itself",
    );
  }
  const problems = [...reader.problems(), ...misspeltSettings(env)];
  if (database === undefined || problems.length > 0) return { ok: false, problems };
  return { ok: true, config: { database, variable, databaseTimeLimitMs } };
}
