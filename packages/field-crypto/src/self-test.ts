import { type FieldContext, openEnvelope, parseEnvelope, sealEnvelope } from "./envelope.js";
import { KEY_PURPOSES } from "./key-purpose.js";
import type { KeyRing, PurposeKey } from "./key-ring.js";
import { KeyRingError } from "./key-ring-error.js";
import { hmacSha256 } from "./mac.js";
import { OpenError } from "./open-error.js";

const PLAINTEXT = Buffer.from("self-test");
const CONTEXT: FieldContext = { owner: "self-test", field: "self-test" };

/**
 * For start-up: checks that every usable key seals, opens, and refuses a copy with one bit changed, and that no two keys or purposes give the same
 * MAC. Throws KeyRingError naming the keys that fail.
 */
export function selfTest(ring: KeyRing): void {
  const sealing = ring
    .ids("field-encryption")
    .filter((id) => !opensOnlyItsOwn(ring.find("field-encryption", id)));
  const problems = sealing.map((id) => `key ${id} failed its self-test`);
  const keys = KEY_PURPOSES.flatMap((purpose) => ring.ids(purpose).map((id) => ring.find(purpose, id)));
  const macs = keys.map((key) => key && hmacSha256(key.secret, PLAINTEXT).toString("hex"));
  if (new Set(macs).size !== macs.length) problems.push("two keys of the ring are alike");
  if (problems.length > 0) throw new KeyRingError(problems);
}

function opensOnlyItsOwn(key: PurposeKey | undefined): boolean {
  if (!key) return false;
  const envelope = sealEnvelope(key, PLAINTEXT, CONTEXT);
  const tampered = Buffer.from(envelope);
  tampered.writeUInt8(tampered.readUInt8(tampered.length - 1) ^ 1, tampered.length - 1);
  return opens(key, envelope) && !opens(key, tampered);
}

function opens(key: PurposeKey, envelope: Buffer): boolean {
  try {
    return openEnvelope(key, parseEnvelope(envelope), CONTEXT).equals(PLAINTEXT);
  } catch (error) {
    if (error instanceof OpenError) return false;
    throw error;
  }
}
