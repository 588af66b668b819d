const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const NO_LETTER = 0xff;
const BITS = 5;

const values = new Uint8Array(128).fill(NO_LETTER);
for (let value = 0; value < LETTERS.length; value += 1) values[LETTERS.charCodeAt(value)] = value;

/** The bytes of base32 in upper case and without padding (RFC 4648 section 6); undefined for what no encoder makes. */
export function decodeBase32(text: string): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(Math.floor((text.length * BITS) / 8));
  let [held, bits, length] = [0, 0, 0];
  for (let position = 0; position < text.length; position += 1) {
    const value = values[text.charCodeAt(position)] ?? NO_LETTER;
    if (value === NO_LETTER) return undefined;
    held = ((held << BITS) | value) & 0xfff;
    bits += BITS;
    if (bits >= 8) {
      bits -= 8;
      bytes[length] = held >> bits;
      length += 1;
    }
  }
  const isWhole = bits < BITS && (held & ((1 << bits) - 1)) === 0;
  return isWhole ? bytes : undefined;
}

/**
 * The spelling that an encoder makes of the same bytes. Some systems draw letters at random and leave bits set beyond the last whole byte;
 * authenticator apps drop those, and a strict decoder refuses them.
 */
export function withoutSpareBits(text: string): string {
  const spare = (text.length * BITS) % 8;
  const last = LETTERS.indexOf(text.slice(-1));
  return last < 0 ? text : text.slice(0, -1) + LETTERS.charAt((last >> spare) << spare);
}
