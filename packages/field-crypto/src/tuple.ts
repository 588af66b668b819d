const LENGTH_BYTES = 4;
const LAST_ASCII = 0x7f;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A string means its UTF-8 bytes. */
export type TuplePart = string | Uint8Array;

/** Lengths as four bytes, big-endian, one character per byte: those below 128 are ASCII. */
const SHORT_LENGTHS = Array.from(
  { length: LAST_ASCII + 1 },
  (_, length) => `\0\0\0${String.fromCharCode(length)}`,
);

/**
 * Encodes a tuple so that different tuples never encode alike: each part as its length (4 bytes, big-endian) and its bytes. Plain joining would
 * encode ("a:b", "c") and ("a", "b:c") alike. Throws TypeError for text that UTF-8 cannot carry.
 */
export function encodeTuple(parts: readonly TuplePart[]): Buffer {
  // Nearly all tuples are short ASCII strings: joined as one string, they cost a single call of Node's encoder.
  let text = "";
  for (const part of parts) {
    if (typeof part !== "string") return encodeParts(parts);
    const length = SHORT_LENGTHS[part.length];
    if (length === undefined) return encodeParts(parts);
    text += length + part;
  }
  const encoded = Buffer.from(text, "utf8");
  if (encoded.length === text.length) return encoded;
  encoded.fill(0); // it holds the parts, behind lengths that count characters
  return encodeParts(parts);
}

function encodeParts(parts: readonly TuplePart[]): Buffer {
  let size = 0;
  for (const part of parts) size += LENGTH_BYTES + byteLengthOf(part);
  const encoded = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const part of parts) {
    const start = offset + LENGTH_BYTES;
    offset = start + (typeof part === "string" ? encoded.write(part, start, "utf8") : part.length);
    if (typeof part !== "string") encoded.set(part, start);
    encoded.writeUInt32BE(offset - start, start - LENGTH_BYTES);
  }
  return encoded;
}

/** The UTF-8 bytes of `text`. Throws TypeError if the encoder would put U+FFFD and so change or merge texts. */
export function utf8Of(text: string): Buffer {
  byteLengthOf(text);
  return Buffer.from(text, "utf8");
}

function byteLengthOf(part: TuplePart): number {
  if (typeof part !== "string") return part.length;
  if (LONE_SURROGATE.test(part)) throw new TypeError("text with a lone surrogate");
  return Buffer.byteLength(part, "utf8");
}
