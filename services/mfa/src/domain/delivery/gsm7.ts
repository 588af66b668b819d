/** Septets of one SMS that is not split in parts (3GPP TS 23.038). */
export const SEGMENT_SEPTETS = 160;

/** The default alphabet without ESC; the extension table costs two septets a character and is not used. */
const ALPHABET = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);

export function isGsm7(text: string): boolean {
  return Array.from(text).every((character) => ALPHABET.has(character));
}

/** One segment in the alphabet where a character is a septet. One more character, or one outside the alphabet, needs more segments. */
export function isOneGsm7Segment(text: string): boolean {
  return isGsm7(text) && text.length <= SEGMENT_SEPTETS;
}
