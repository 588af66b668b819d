import { describeProblem, type ReadFile, type SecurityConfig } from "@countersign/security-config";
import { createSettingsReader, type Environment, type SettingsReader } from "@countersign/settings";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { type KeyConfig, readKeyConfig, requireKeys } from "../keys/key-config.js";
import { readSecurity } from "../security/security-source.js";
import { misspeltSettings } from "../settings/misspelt.js";
import { readPostgresAddress } from "../stores/store-addresses.js";
import { DATA_DIR_SETTING } from "../stores/store-config.js";
import { requireStoreTls } from "../stores/store-tls.js";

/** The configuration of a command that works on the database with the service's keys and policy. */
export interface DatabaseCommandConfig extends KeyConfig {
  readonly database: PostgresAddress;
  readonly dataDir: string | undefined;
  /** Read once: the same rules apply to a whole run. */
  readonly security: SecurityConfig;
}

export type LoadedCommandConfig<Config> =
  | { readonly ok: true; readonly config: Config }
  /** Every problem found, each naming its variable and never its value. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** `withoutDatabase` ends "DATABASE_URL is required: …". `more` reads what only this command needs. */
export function loadDatabaseCommand<More extends object>(
  env: Environment,
  readFile: ReadFile,
  {
    withoutDatabase,
    more,
  }: {
    readonly withoutDatabase: string;
    readonly more: (reader: SettingsReader, production: boolean) => More;
  },
): LoadedCommandConfig<DatabaseCommandConfig & More> {
  const security = readSecurity(env, readFile);
  const environment = security.ok ? security.config.environment : undefined;
  const production = environment?.environment === "production";
  const reader = createSettingsReader(env, { readFile, production });
  const database = readPostgresAddress(reader, "DATABASE");
  if (database === undefined && reader.problems().length === 0)
    reader.report("DATABASE_URL", `is required: ${withoutDatabase}`);
  const keys = readKeyConfig(reader, environment?.encryptionKey?.reveal());
  if (production) requireKeys(reader, keys);
  const dataDir = reader.read(DATA_DIR_SETTING).DATA_DIR;
  requireStoreTls(reader, production, { DATABASE_URL: database });
  const own = more(reader, production);
  const problems = [
    ...(security.ok ? [] : security.problems.map(describeProblem)),
    ...reader.problems(),
    ...misspeltSettings(env),
  ];
  if (database === undefined || !security.ok || problems.length > 0) return { ok: false, problems };
  return { ok: true, config: { ...keys, ...own, database, dataDir, security: security.config } };
}
