import { generateKeySync } from "node:crypto";
import { fingerprintOf } from "./derive-key.js";
import { KeyRingError } from "./key-ring-error.js";
import { KEY_ID, type StoredKey } from "./master-key.js";

/**
 * A fresh master key, decrypt-only until it is promoted. Its id is, unless given, the UTC day and part of its fingerprint,
 * such as 20260131-5f0c9a1e. Throws KeyRingError for an id that no key can have.
 */
export function generateKey(now: Date, id?: string): StoredKey {
  if (id !== undefined && !KEY_ID.test(id)) throw new KeyRingError([`a key id must match ${KEY_ID.source}`]);
  const secret = generateKeySync("aes", { length: 256 });
  const day = now.toISOString().slice(0, 10).replaceAll("-", "");
  return {
    id: id ?? `${day}-${fingerprintOf(secret).slice(0, 8)}`,
    state: "decrypt-only",
    createTime: now,
    secret,
  };
}
