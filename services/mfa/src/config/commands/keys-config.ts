import type { ReadFile } from "@countersign/security-config";
import { createSettingsReader, type Environment, secret } from "@countersign/settings";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { KEY_SETTINGS } from "../keys/key-config.js";
import { readAmbient } from "../security/security-source.js";
import { misspeltSettings } from "../settings/misspelt.js";
import { readPostgresAddress } from "../stores/store-addresses.js";
import { requireStoreTls } from "../stores/store-tls.js";
import type { LoadedCommandConfig } from "./database-command.js";

/** Keys can be mended while the policy is refused, so the key is read here beside the security configuration. */
const ENCRYPTION_KEY = { ENCRYPTION_KEY: secret({ doc: "The security setting of that name." }) } as const;

/** All that the key commands need; each says itself what it cannot do without. */
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
