import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { KeyPurpose } from "./key-purpose.js";

const KEY_BYTES = 32;
// RFC 5869 section 3.1: without a salt HKDF is sound for input that is already uniformly random, as master keys are.
const NO_SALT = new Uint8Array(0);

/** HKDF-SHA-256 of a master key under `label`: 32 bytes that reveal nothing about the master key or about other labels. */
export function deriveKey(master: KeyObject, label: string): KeyObject {
  const bytes = Buffer.from(hkdfSync("sha256", master, NO_SALT, label, KEY_BYTES));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

export function derivePurposeKey(master: KeyObject, purpose: KeyPurpose): KeyObject {
  return deriveKey(master, `countersign/v1/${purpose}`);
}

/** Sixteen hex digits that identify a master key and may be shown: two keys collide with probability 2^-64. */
export function fingerprintOf(master: KeyObject): string {
  return deriveKey(master, "countersign/v1/key-id").export().toString("hex", 0, 8);
}
