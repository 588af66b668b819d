const LENGTH_BYTES = 4;
const LAST_ASCII = 0x7f;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A string stands for its UTF-8 bytes. */
export type TuplePart = string | Uint8Array;

/**
 * Encodes a tuple so that different tuples never encode alike: each part as its length (4 bytes, big-endian) and its bytes.
 * Plain joining would make ("a:b", "c") and ("a", "b:c") one input. Throws TypeError for text that UTF-8 cannot carry.
 */
export function encodeTuple(parts: readonly TuplePart[]): Buffer {
  let size = 0;
  for (const part of parts) size += LENGTH_BYTES + byteLengthOf(part);
  const encoded = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const part of parts) {
    const start = offset + LENGTH_BYTES;
    offset = start + (typeof part === "string" ? writeText(encoded, part, start) : part.length);
    if (typeof part !== "string") encoded.set(part, start);
    encoded.writeUInt32BE(offset - start, start - LENGTH_BYTES);
  }
  return encoded;
}

/** Node's own encoder is called for what is not ASCII only: for short texts the call costs more than the work. */
function writeText(target: Buffer, text: string, start: number): number {
  for (let position = 0; position < text.length; position += 1) {
    const unit = text.charCodeAt(position);
    if (unit > LAST_ASCII) return target.write(text, start, "utf8");
    target[start + position] = unit;
  }
  return text.length;
}

/** The UTF-8 bytes of `text`. Throws TypeError where the encoder would put U+FFFD and so change or merge texts. */
export function utf8Of(text: string): Buffer {
  byteLengthOf(text);
  return Buffer.from(text, "utf8");
}

function byteLengthOf(part: TuplePart): number {
  if (typeof part !== "string" || isAscii(part)) return part.length;
  if (LONE_SURROGATE.test(part)) throw new TypeError("text with a lone surrogate");
  return Buffer.byteLength(part, "utf8");
}

function isAscii(text: string): boolean {
  for (let position = 0; position < text.length; position += 1) {
    if (text.charCodeAt(position) > LAST_ASCII) return false;
  }
  return true;
}
