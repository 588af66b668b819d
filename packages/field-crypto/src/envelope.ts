import { randomFillSync } from "node:crypto";
import { gcmOpen, gcmSeal, IV_BYTES, TAG_BYTES } from "./aes-gcm.js";
import type { PurposeKey } from "./key-ring.js";
import { KEY_ID } from "./master-key.js";
import { OpenError } from "./open-error.js";
import { encodeTuple } from "./tuple.js";

/** Where a ciphertext belongs: `owner` is the row (a user id), `field` the table and column. Neither may be empty. */
export interface FieldContext {
  readonly owner: string;
  readonly field: string;
}

/** The parts of an envelope, as views into it. */
interface Envelope {
  readonly keyId: string;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

const VERSION = 1;
/** The one byte, as a part of a tuple. */
const VERSION_PART = String.fromCharCode(VERSION);
const ID_OFFSET = 2;

/**
 * Seals under `key` with a fresh random IV. An envelope is, in order:
 *     1 byte    version, 1
 *     1 byte    length n of the key id, 1 to 32
 *     n bytes   key id, ASCII
 *     12 bytes  IV
 *     …         ciphertext, as long as the plaintext
 *     16 bytes  tag
 *
 * The associated data is encodeTuple([version byte, key id, owner, field]): an envelope that is moved to another row or column, or relabelled with
 * another version or key, cannot be opened.
 */
export function sealEnvelope(key: PurposeKey, plaintext: Uint8Array, context: FieldContext): Buffer {
  const ivOffset = ID_OFFSET + key.id.length;
  const envelope = Buffer.allocUnsafe(ivOffset + IV_BYTES + plaintext.length + TAG_BYTES);
  envelope[0] = VERSION;
  envelope[1] = key.id.length;
  envelope.write(key.id, ID_OFFSET, "latin1");
  const iv = envelope.subarray(ivOffset, ivOffset + IV_BYTES);
  randomFillSync(iv);
  const sealed = gcmSeal({ key: key.secret, iv, aad: associatedData(key.id, context) }, plaintext);
  envelope.set(sealed.ciphertext, ivOffset + IV_BYTES);
  envelope.set(sealed.tag, envelope.length - TAG_BYTES);
  return envelope;
}

/** Throws OpenError "malformed" for input that sealEnvelope cannot have made. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  if (!(bytes instanceof Uint8Array)) throw new OpenError("malformed");
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ivOffset = ID_OFFSET + (buffer[1] ?? 0);
  const tagOffset = buffer.length - TAG_BYTES;
  if (buffer[0] !== VERSION || tagOffset < ivOffset + IV_BYTES) throw new OpenError("malformed");
  const keyId = buffer.toString("latin1", ID_OFFSET, ivOffset);
  if (!KEY_ID.test(keyId)) throw new OpenError("malformed");
  return {
    keyId,
    iv: buffer.subarray(ivOffset, ivOffset + IV_BYTES),
    ciphertext: buffer.subarray(ivOffset + IV_BYTES, tagOffset),
    tag: buffer.subarray(tagOffset),
  };
}

/** Throws OpenError "authentication-failed" unless `envelope` was sealed under this key for this context. */
export function openEnvelope(key: PurposeKey, envelope: Envelope, context: FieldContext): Buffer {
  const aad = associatedData(envelope.keyId, context);
  const plaintext = gcmOpen({ key: key.secret, iv: envelope.iv, aad }, envelope.ciphertext, envelope.tag);
  if (plaintext === undefined) throw new OpenError("authentication-failed");
  return plaintext;
}

function associatedData(keyId: string, { owner, field }: FieldContext): Buffer {
  if (owner === "" || field === "") throw new TypeError("an envelope needs an owner and a field");
  return encodeTuple([VERSION_PART, keyId, owner, field]);
}
