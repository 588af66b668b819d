import type { SendOptions } from "../../domain/delivery/message-sender.js";

/** Enough to identify a provider's error. */
const MAX_CHARS = 200;
/** Longer ones are encodings, not words. */
const MAX_WORD = 24;
const MASK = "#";
/** The characters of words, numbers, addresses and encodings; the rest is punctuation. */
const TOKEN = /[\p{L}\p{M}\p{N}@+=_%.~/\\&^-]+/gu;
const WORD = /^[A-Za-z_]+(?:['-][A-Za-z_]+)*\.?$/;
/** RFC 3463, as `5.1.1`. */
const ENHANCED_STATUS = /^[245]\.\d{1,3}\.\d{1,3}$/;

/**
 * Masks a provider's error text for the log: words of Latin letters and status codes stay; every other number, address and encoding is masked,
 * because it may be a code, a destination or a credential. `hidden`: further words that must not be repeated, such as the destination and the names
 * of accounts.
 */
export function providerWords(said: string, hidden: readonly string[]): string {
  const secret = new Set(hidden.flatMap((each) => each.toLowerCase().match(/\p{L}+/gu) ?? []));
  const isPlain = (token: string) =>
    ENHANCED_STATUS.test(token) ||
    (token.length <= MAX_WORD && WORD.test(token) && !wordsOf(token).some((word) => secret.has(word)));
  return said
    .slice(0, 4 * MAX_CHARS)
    .replace(TOKEN, (token) => (isPlain(token) ? token : MASK))
    .replace(/[^\x20-\x7e]+/g, " ")
    .replace(/#(?:[\s#,:.()"'-]*#)+/g, MASK)
    .replace(/ {2,}/g, " ")
    .slice(0, MAX_CHARS)
    .trim();
}

function wordsOf(token: string): readonly string[] {
  return token.toLowerCase().match(/[a-z]+/g) ?? [];
}

/** Passes the text on, masked; does nothing if there is none. */
export function tellWords(
  { onWords }: Pick<SendOptions, "onWords">,
  said: string | undefined,
  hidden: readonly string[],
): void {
  if (onWords === undefined || said === undefined) return;
  const masked = providerWords(said, hidden);
  if (masked !== "") onWords(masked);
}
