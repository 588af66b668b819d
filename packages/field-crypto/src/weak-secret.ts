const SECRET_BYTES = 32;
const FEWEST_DISTINCT_BYTES = 16;

/** The keys that documentation and examples may show. They are public, so every loader refuses them. */
export const EXAMPLE_KEYS: readonly string[] = [
  "EXAMPLE+ONLY+NEVER+USE+THIS+KEY+REPLACE+IT0=",
  "EXAMPLE+TWO+NEVER+USE+THIS+KEY+REPLACE+IT+0=",
];

/** Why `base64` cannot be a master key, as the end of a sentence ("has 31 bytes, …"); undefined if it can. */
export function weaknessOf(base64: string): string | undefined {
  const bytes = Buffer.from(base64, "base64");
  // Node's decoder skips invalid characters; only an exact round trip proves that nothing was lost.
  if (bytes.toString("base64") !== base64) return "is not standard base64 with padding";
  if (bytes.length !== SECRET_BYTES) return `has ${bytes.length} bytes, not ${SECRET_BYTES}`;
  if (EXAMPLE_KEYS.includes(base64)) return "is an example key from the documentation";
  if (!looksRandom(bytes)) return "is not random (a constant, a pattern, a sequence or text)";
  return undefined;
}

/** Each test refuses a random key with a probability below 2^-40. */
function looksRandom(bytes: Buffer): boolean {
  const steps = bytes.subarray(1).map((byte, index) => byte - (bytes[index] ?? 0));
  const isSequence = new Set(steps).size === 1;
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return !isSequence && !isText && new Set(bytes).size >= FEWEST_DISTINCT_BYTES;
}
