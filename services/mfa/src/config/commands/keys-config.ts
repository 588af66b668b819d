import type { ReadFile } from "@countersign/security-config";
import { createSettingsReader, type Environment, secret } from "@countersign/settings";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { KEY_SETTINGS } from "../keys/key-config.js";
import { readAmbient } from "../security/security-source.js";
import { misspeltSettings } from "../settings/misspelt.js";
import { readPostgresAddress } from "../stores/store-addresses.js";
import { requireStoreTls } from "../stores/store-tls.js";
import type { LoadedCommandConfig } from "./database-command.js";

/** Keys must be repairable while the policy is invalid, so the key is read here, apart from the security configuration. */
const ENCRYPTION_KEY = { ENCRYPTION_KEY: secret({ doc: "The security setting of that name." }) } as const;

/** The configuration of the key commands; each reports what it requires. */
export interface KeysConfig {
  readonly keyRingDir: string | undefined;
  readonly encryptionKey: string | undefined;
  readonly database: PostgresAddress | undefined;
}

export function loadKeysConfig(env: Environment, readFile: ReadFile): LoadedCommandConfig<KeysConfig> {
  const production = readAmbient(env, readFile).environment === "production";
  const reader = createSettingsReader(env, { readFile, production });
  const config: KeysConfig = {
    keyRingDir: reader.read(KEY_SETTINGS).KEY_RING_DIR,
    encryptionKey: reader.read(ENCRYPTION_KEY).ENCRYPTION_KEY?.reveal(),
    database: readPostgresAddress(reader, "DATABASE"),
  };
  requireStoreTls(reader, production, { DATABASE_URL: config.database });
  const problems = [...reader.problems(), ...misspeltSettings(env)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config };
}
