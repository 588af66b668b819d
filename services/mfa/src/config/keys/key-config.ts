import { anyText, integer, optionalText, type SettingsReader } from "@countersign/settings";

export const KEY_SETTINGS = {
  KEY_RING_DIR: optionalText(anyText, { doc: "Folder of keys, instead of `ENCRYPTION_KEY`; see keys.md." }),
  KEY_RELOAD_INTERVAL_MS: integer({
    default: 10_000,
    min: 10,
    max: 300_000,
    unit: "milliseconds",
    doc: "How often that folder is read again.",
  }),
} as const;

/** Where the keys are. */
export interface KeyConfig {
  /** The security configuration's key, in plaintext. With neither this nor `keyRingDir`, development generates a key and keeps it in `dataDir`. */
  readonly encryptionKey: string | undefined;
  /** A folder of key files, reread every `keyReloadIntervalMs`. */
  readonly keyRingDir: string | undefined;
  readonly keyReloadIntervalMs: number;
}

/** One source: with two, it would be ambiguous which key seals. */
export function readKeyConfig(reader: SettingsReader, encryptionKey: string | undefined): KeyConfig {
  const given = reader.read(KEY_SETTINGS);
  if (encryptionKey !== undefined && given.KEY_RING_DIR !== undefined)
    reader.report("KEY_RING_DIR", "and ENCRYPTION_KEY are both set: keep one");
  return {
    encryptionKey,
    keyRingDir: given.KEY_RING_DIR,
    keyReloadIntervalMs: given.KEY_RELOAD_INTERVAL_MS,
  };
}

/** Reports that production has no key: nothing may be sealed under a generated one. */
export function requireKeys(reader: SettingsReader, { encryptionKey, keyRingDir }: KeyConfig): void {
  if (encryptionKey === undefined && keyRingDir === undefined)
    reader.report("KEY_RING_DIR", "(or ENCRYPTION_KEY) is required in production");
}
