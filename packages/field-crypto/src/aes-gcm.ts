import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

export const IV_BYTES = 12;
export const TAG_BYTES = 16;
// Without it Node takes tags down to 4 bytes, which an attacker guesses in 2^32 tries.
const FULL_TAG = { authTagLength: TAG_BYTES };

interface GcmInput {
  readonly key: KeyObject;
  readonly iv: Uint8Array;
  readonly aad: Uint8Array;
}

/** AES-256-GCM. The iv must be new for each call under one key. */
export function gcmSeal(input: GcmInput, plaintext: Uint8Array): { ciphertext: Buffer; tag: Buffer } {
  const cipher = createCipheriv("aes-256-gcm", input.key, input.iv, FULL_TAG);
  cipher.setAAD(input.aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

/** The plaintext, or undefined if key, iv, aad, ciphertext and tag do not match. */
export function gcmOpen(input: GcmInput, ciphertext: Uint8Array, tag: Uint8Array): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", input.key, input.iv, FULL_TAG);
  decipher.setAAD(input.aad);
  decipher.setAuthTag(tag);
  const unproven = decipher.update(ciphertext);
  try {
    decipher.final();
    return unproven;
  } catch {
    // update() decrypts before the tag is checked; its output must not survive a failure.
    unproven.fill(0);
    return undefined;
  }
}
