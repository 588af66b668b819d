import type { SendOptions } from "../../domain/delivery/message-sender.js";

/** Enough to know a provider's error by. */
const MAX_CHARS = 200;
/** Longer ones are no words but encodings of something. */
const MAX_WORD = 24;
const MASK = "#";
/** What words, numbers, addresses and encodings are made of; the rest is punctuation. */
const TOKEN = /[\p{L}\p{M}\p{N}@+=_%.~/\\&^-]+/gu;
const WORD = /^[A-Za-z_]+(?:['-][A-Za-z_]+)*\.?$/;
/** RFC 3463, as `5.1.1`. */
const ENHANCED_STATUS = /^[245]\.\d{1,3}\.\d{1,3}$/;

/**
 * A provider's own words, for a log: its words of Latin letters and its status codes stay, and every other number, address and encoding is masked,
 * as a message's code, its destination or a credential of ours may be any of these. `hidden`: what else must not be repeated, word by word; the
 * destination and the names of accounts.
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

/** Hands the words on, masked; nothing where there are none. */
export function tellWords(
  { onWords }: Pick<SendOptions, "onWords">,
  said: string | undefined,
  hidden: readonly string[],
): void {
  if (onWords === undefined || said === undefined) return;
  const masked = providerWords(said, hidden);
  if (masked !== "") onWords(masked);
}
