import { describeProblem, type ReadFile, type SecurityConfig } from "@countersign/security-config";
import type { PostgresAddress } from "../storage/postgres/database/postgres-address.js";
import { readEnvironment } from "./environment-reader.js";
import { readSecurity } from "./security-source.js";
import { readPostgresAddress } from "./store-addresses.js";
import { requireStoreTls } from "./store-tls.js";

/** All that import and export need: no Redis, and nobody who sends. */
export interface ImportExportConfig {
  readonly database: PostgresAddress;
  readonly encryptionKey: string | undefined;
  readonly keyRingDir: string | undefined;
  readonly keyReloadIntervalMs: number;
  readonly dataDir: string | undefined;
  /** Decides what may be imported. Read once: a run takes everybody by the same rules. */
  readonly security: SecurityConfig;
}

export type LoadedImportExportConfig =
  | { readonly ok: true; readonly config: ImportExportConfig }
  /** Every problem found, each naming its variable and never its value. */
  | { readonly ok: false; readonly problems: readonly string[] };

export function loadImportExportConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): LoadedImportExportConfig {
  const reader = readEnvironment(env, readFile);
  const database = readPostgresAddress(reader, "DATABASE");
  if (database === undefined && reader.problems().length === 0)
    reader.report("DATABASE_URL is required: the embedded default takes users by ImportUser only");
  const keyRingDir = reader.text("KEY_RING_DIR");
  const dataDir = reader.text("DATA_DIR") ?? ".countersign";
  const security = readSecurity(env, readFile);
  if (!security.ok) for (const problem of security.problems) reader.report(describeProblem(problem));
  const environment = security.ok ? security.config.environment : undefined;
  const production = environment?.environment === "production";
  requireStoreTls(reader, production, { DATABASE_URL: database });
  const encryptionKey = environment?.encryptionKey?.reveal();
  if (encryptionKey !== undefined && keyRingDir !== undefined)
    reader.report("KEY_RING_DIR and ENCRYPTION_KEY are both set: keep one");
  if (production && encryptionKey === undefined && keyRingDir === undefined)
    reader.report("KEY_RING_DIR (or ENCRYPTION_KEY) is required in production");
  const problems = reader.problems();
  if (database === undefined || !security.ok || problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    config: {
      database,
      encryptionKey,
      keyRingDir,
      keyReloadIntervalMs: 10_000,
      dataDir,
      security: security.config,
    },
  };
}
