const LENGTH_BYTES = 4;
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
    if (typeof part === "string") offset = start + encoded.write(part, start, "utf8");
    else {
      encoded.set(part, start);
      offset = start + part.length;
    }
    encoded.writeUInt32BE(offset - start, start - LENGTH_BYTES);
  }
  return encoded;
}

/** The UTF-8 bytes of `text`. Throws TypeError where the encoder would put U+FFFD and so change or merge texts. */
export function utf8Of(text: string): Buffer {
  byteLengthOf(text);
  return Buffer.from(text, "utf8");
}

function byteLengthOf(part: TuplePart): number {
  if (typeof part !== "string") return part.length;
  const length = Buffer.byteLength(part, "utf8");
  if (length !== part.length && LONE_SURROGATE.test(part)) throw new TypeError("text with a lone surrogate");
  return length;
}
