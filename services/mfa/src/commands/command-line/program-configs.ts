import { readSettingFile } from "@countersign/security-config";
import type { AuditConfig } from "../../config/commands/audit-config.js";
import type { ImportExportConfig } from "../../config/commands/import-export-config.js";
import type { KeysConfig } from "../../config/commands/keys-config.js";
import type { MigrateConfig } from "../../config/commands/migrate-config.js";
import { ConfigurationError } from "../../config/forms/configuration-error.js";
import type { ServiceConfig } from "../../config/service-config.js";

/** The configuration, read when a command needs it. Each command reads no more than it needs. All reject with ConfigurationError. */
export interface ProgramConfigs {
  readonly service: () => Promise<ServiceConfig>;
  readonly migrate: () => Promise<MigrateConfig>;
  readonly keys: () => Promise<KeysConfig>;
  readonly audit: () => Promise<AuditConfig>;
  readonly importExport: () => Promise<ImportExportConfig>;
}

/** Reads these variables and the files that they name. */
export function environmentConfigs(env: Readonly<Record<string, string | undefined>>): ProgramConfigs {
  return {
    service: async () =>
      valid((await import("../../config/service-config.js")).loadServiceConfig(env, readSettingFile)),
    migrate: async () =>
      valid(
        (await import("../../config/commands/migrate-config.js")).loadMigrateConfig(env, readSettingFile),
      ),
    keys: async () =>
      valid((await import("../../config/commands/keys-config.js")).loadKeysConfig(env, readSettingFile)),
    audit: async () =>
      valid((await import("../../config/commands/audit-config.js")).loadAuditConfig(env, readSettingFile)),
    importExport: async () =>
      valid(
        (await import("../../config/commands/import-export-config.js")).loadImportExportConfig(
          env,
          readSettingFile,
        ),
      ),
  };
}

type Loaded<T> =
  | { readonly ok: true; readonly config: T }
  | { readonly ok: false; readonly problems: readonly string[] };

function valid<T>(loaded: Loaded<T>): T {
  if (loaded.ok) return loaded.config;
  throw new ConfigurationError(loaded.problems);
}
