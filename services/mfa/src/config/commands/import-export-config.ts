import type { ReadFile } from "@countersign/security-config";
import type { Environment } from "@countersign/settings";
import {
  type DatabaseCommandConfig,
  type LoadedCommandConfig,
  loadDatabaseCommand,
} from "./database-command.js";

/** The configuration of import and export: no Redis and no providers. The policy decides what may be imported. */
export type ImportExportConfig = DatabaseCommandConfig;

export function loadImportExportConfig(
  env: Environment,
  readFile: ReadFile,
): LoadedCommandConfig<ImportExportConfig> {
  return loadDatabaseCommand(env, readFile, {
    withoutDatabase: "the embedded default takes users by ImportUser only",
    more: () => ({}),
  });
}
