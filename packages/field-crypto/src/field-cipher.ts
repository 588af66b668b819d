import { type FieldContext, openEnvelope, parseEnvelope, sealEnvelope } from "./envelope.js";
import { type KeyRingSource, type PurposeKey, ringGetter } from "./key-ring.js";
import { KeyRingError } from "./key-ring-error.js";
import { OpenError } from "./open-error.js";
import { utf8Of } from "./tuple.js";

const PURPOSE = "field-encryption";

/** SP 800-38D section 8.3: with random 96-bit IVs one key may seal at most 2^32 times, over all processes together. */
export const MAX_SEALS_PER_KEY = 2 ** 32;

export interface FieldCipher {
  /** Encrypts for one owner and field under the active key. Text is sealed as UTF-8. Throws KeyRingError at the seal limit. */
  seal(plaintext: Uint8Array | string, context: FieldContext): Buffer;
  /** Decrypts with the usable key that sealed it. Throws OpenError; there is no other way to a plaintext. */
  open(envelope: Uint8Array, context: FieldContext): Buffer;
  /** The id of the sealing key, not authenticated until the envelope is opened. Throws OpenError "malformed". */
  keyIdOf(envelope: Uint8Array): string;
  /** Whether another key than the active one sealed it. Throws OpenError "malformed". */
  needsRewrap(envelope: Uint8Array): boolean;
  /** Opens and seals again under the active key. Throws OpenError. */
  rewrap(envelope: Uint8Array, context: FieldContext): Buffer;
}

export function createFieldCipher(
  source: KeyRingSource,
  { sealLimit = MAX_SEALS_PER_KEY }: { readonly sealLimit?: number } = {},
): FieldCipher {
  const ring = ringGetter(source);
  const seals = new Map<string, number>();

  function sealBytes(key: PurposeKey, plaintext: Uint8Array, context: FieldContext): Buffer {
    const count = (seals.get(key.id) ?? 0) + 1;
    if (count > sealLimit) throw new KeyRingError([`key ${key.id} may seal no more: rotate it`]);
    seals.set(key.id, count);
    return sealEnvelope(key, plaintext, context);
  }

  function open(bytes: Uint8Array, context: FieldContext): Buffer {
    const envelope = parseEnvelope(bytes);
    const key = ring().find(PURPOSE, envelope.keyId);
    if (key === undefined) throw new OpenError("unknown-key");
    return openEnvelope(key, envelope, context);
  }

  return {
    seal(plaintext, context) {
      const key = ring().active(PURPOSE);
      if (typeof plaintext !== "string") return sealBytes(key, plaintext, context);
      return wiping(utf8Of(plaintext), (bytes) => sealBytes(key, bytes, context));
    },
    open,
    keyIdOf: (bytes) => parseEnvelope(bytes).keyId,
    needsRewrap: (bytes) => parseEnvelope(bytes).keyId !== ring().active(PURPOSE).id,
    rewrap: (bytes, context) =>
      wiping(open(bytes, context), (plaintext) => sealBytes(ring().active(PURPOSE), plaintext, context)),
  };
}

/** Small buffers share Node's pool, where leftover plaintext could appear in another buffer. */
function wiping(plaintext: Buffer, use: (plaintext: Buffer) => Buffer): Buffer {
  try {
    return use(plaintext);
  } finally {
    plaintext.fill(0);
  }
}
