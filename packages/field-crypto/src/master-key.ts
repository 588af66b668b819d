import { createSecretKey, type KeyObject } from "node:crypto";
import { fingerprintOf } from "./derive-key.js";
import { KeyRingError } from "./key-ring-error.js";
import { weaknessOf } from "./weak-secret.js";

/** active: seals and decrypts; decrypt-only: only decrypts; retired: neither, but listed until it is removed. */
export type KeyState = "active" | "decrypt-only" | "retired";

/** What may be shown, logged and measured about a key. `createTime` is undefined if it is unknown. */
export interface KeyInfo {
  readonly id: string;
  readonly state: KeyState;
  readonly createTime: Date | undefined;
}

/** A root key from which the purpose keys are derived. A KeyObject never prints its bytes. */
export interface MasterKey extends KeyInfo {
  readonly secret: KeyObject;
}

/** A key as stored in a file. */
export interface StoredKey extends MasterKey {
  readonly createTime: Date;
}

/** The file of a key folder that holds the id of the active key, so no key can have this id. */
export const PRIMARY_FILE = "primary";

/** A key id: also a file name, a Kubernetes Secret entry and at most 32 bytes of an envelope. */
export const KEY_ID = /^(?!primary$)[a-z0-9][a-z0-9-]{0,31}$/;

export function infoOf({ id, state, createTime }: KeyInfo): KeyInfo {
  return { id, state, createTime };
}

/**
 * The master key of one base64 secret, under an id derived from its bytes, so that a different secret is a different key. Throws KeyRingError for a
 * secret that is short, long, not base64, not random or an example.
 */
export function masterKeyFromBase64(base64: string, createTime?: Date): MasterKey {
  const weakness = weaknessOf(base64);
  if (weakness !== undefined) throw new KeyRingError([`the master key ${weakness}`]);
  const secret = createSecretKey(base64, "base64");
  return { id: fingerprintOf(secret), state: "active", createTime, secret };
}
