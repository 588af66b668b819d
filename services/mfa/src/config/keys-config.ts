import type { PostgresAddress } from "../storage/postgres/database/postgres-address.js";
import { readEnvironment } from "./environment-reader.js";
import { readAmbient } from "./security-source.js";
import { readPostgresAddress } from "./store-addresses.js";
import { requireStoreTls } from "./store-tls.js";

/** All that the key commands need; each says itself what it cannot do without. */
export interface KeysConfig {
  readonly keyRingDir: string | undefined;
  readonly encryptionKey: string | undefined;
  readonly database: PostgresAddress | undefined;
}

export type LoadedKeysConfig =
  | { readonly ok: true; readonly config: KeysConfig }
  /** Every problem found, each naming its variable and never its value. */
  | { readonly ok: false; readonly problems: readonly string[] };

export function loadKeysConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): LoadedKeysConfig {
  const reader = readEnvironment(env, readFile);
  const config: KeysConfig = {
    keyRingDir: reader.text("KEY_RING_DIR"),
    encryptionKey: reader.text("ENCRYPTION_KEY"),
    database: readPostgresAddress(reader, "DATABASE"),
  };
  const production = readAmbient(env, readFile).environment === "production";
  requireStoreTls(reader, production, { DATABASE_URL: config.database });
  const problems = reader.problems();
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config };
}
