import type { ReadFile } from "@countersign/security-config";
import type { Environment } from "@countersign/settings";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { readPostgresAddress } from "../stores/store-addresses.js";
import { requireStoreTls } from "../stores/store-tls.js";
import {
  type DatabaseCommandConfig,
  type LoadedCommandConfig,
  loadDatabaseCommand,
} from "./database-command.js";

/** The configuration of the audit commands. `database` is the service's: sufficient to seal and to verify. */
export interface AuditConfig extends DatabaseCommandConfig {
  /** The owner of the tables: creates and drops partitions. */
  readonly ownerDatabase: PostgresAddress;
  readonly retentionDays: number;
}

/** Reads the environment and, for the retention, the security configuration's file. */
export function loadAuditConfig(env: Environment, readFile: ReadFile): LoadedCommandConfig<AuditConfig> {
  const loaded = loadDatabaseCommand(env, readFile, {
    withoutDatabase: "the embedded default has no audit commands",
    more: (reader, production) => {
      const owner = readPostgresAddress(reader, "MIGRATE_DATABASE");
      requireStoreTls(reader, production, { MIGRATE_DATABASE_URL: owner });
      return { owner };
    },
  });
  if (!loaded.ok) return loaded;
  const { owner, ...config } = loaded.config;
  const { retentionDays } = config.security.audit;
  return { ok: true, config: { ...config, ownerDatabase: owner ?? config.database, retentionDays } };
}
