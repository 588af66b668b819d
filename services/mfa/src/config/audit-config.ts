import { describeProblem, loadSecurityConfig, readSecurityConfigFile } from "@countersign/security-config";
import type { PostgresAddress } from "../storage/postgres/database/postgres-address.js";
import { readEnvironment } from "./environment-reader.js";
import { readPostgresAddress } from "./store-addresses.js";
import { requireStoreTls } from "./store-tls.js";

/** All that the audit commands need. */
export interface AuditConfig {
  /** As the service: enough to seal and to verify. */
  readonly database: PostgresAddress;
  /** As the owner of the tables: partitions are made and dropped as this one. */
  readonly ownerDatabase: PostgresAddress;
  readonly retentionDays: number;
  readonly encryptionKey: string | undefined;
  readonly keyRingDir: string | undefined;
  readonly keyReloadIntervalMs: number;
  readonly dataDir: string | undefined;
}

export type LoadedAuditConfig =
  | { readonly ok: true; readonly config: AuditConfig }
  /** Every problem found, each naming its variable and never its value. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the environment and, for the retention, the security configuration's file. */
export function loadAuditConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): LoadedAuditConfig {
  const reader = readEnvironment(env, readFile);
  const database = readPostgresAddress(reader, "DATABASE");
  const migrateDatabase = readPostgresAddress(reader, "MIGRATE_DATABASE");
  const ownerDatabase = migrateDatabase ?? database;
  if (database === undefined && reader.problems().length === 0)
    reader.report("DATABASE_URL is required: the embedded default has no audit commands");
  const encryptionKey = reader.text("ENCRYPTION_KEY");
  const keyRingDir = reader.text("KEY_RING_DIR");
  const path = reader.text("SECURITY_CONFIG_FILE");
  const security = loadSecurityConfig({
    env,
    file: path === undefined ? undefined : readSecurityConfigFile(path),
    readFile,
  });
  if (!security.ok) for (const problem of security.problems) reader.report(describeProblem(problem));
  const production = security.ok && security.config.environment.environment === "production";
  requireStoreTls(reader, production, { DATABASE_URL: database, MIGRATE_DATABASE_URL: migrateDatabase });
  const problems = reader.problems();
  if (database === undefined || ownerDatabase === undefined || !security.ok || problems.length > 0) {
    return { ok: false, problems };
  }
  const { environment, audit } = security.config;
  if (environment.environment === "production" && encryptionKey === undefined && keyRingDir === undefined) {
    return { ok: false, problems: ["KEY_RING_DIR (or ENCRYPTION_KEY) is required in production"] };
  }
  return {
    ok: true,
    config: {
      database,
      ownerDatabase,
      retentionDays: audit.retentionDays,
      encryptionKey,
      keyRingDir,
      keyReloadIntervalMs: 10_000,
      dataDir: reader.text("DATA_DIR") ?? ".countersign",
    },
  };
}
