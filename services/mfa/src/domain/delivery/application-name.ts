import { isGsm7 } from "./gsm7.js";

const MAX_CHARACTERS = 40;

/**
 * Five digits or more in a row, also with a blank or mark between them, read as a code to phones and people alike.
 * Decimal digits of any script: some phones show and fill them as ASCII ones.
 */
const CODE_LIKE = /\p{Nd}(?:[^\p{L}\p{Nd}]?\p{Nd}){4,}/gu;

/** Kept: letters, marks and digits of any script, and the punctuation names use; so no @, #, <, line break or bidi mark. */
const NOT_IN_A_NAME = /[^\p{L}\p{M}\p{Nd} .,&'’+!()_-]/gu;

/** The name as it may stand in an e-mail; undefined when nothing readable is left. */
export function cleanApplicationName(name: string): string | undefined {
  const spaced = name.normalize("NFKC").replace(/[\p{Z}\p{Cc}]/gu, " ");
  return shorten(withoutCodes(spaced.replace(NOT_IN_A_NAME, "")), MAX_CHARACTERS);
}

/** The name in the SMS alphabet, accents it lacks taken off, cut to `room` characters; undefined when nothing is left. */
export function smsApplicationName(name: string, room: number): string | undefined {
  const clean = cleanApplicationName(name) ?? "";
  return shorten(withoutCodes(Array.from(clean, toGsm7).join("")), Math.min(room, MAX_CHARACTERS));
}

/** Run after every step that drops characters, for dropping one may join two halves of a code. */
function withoutCodes(text: string): string {
  return text.replace(/ +/g, " ").replace(CODE_LIKE, "").replace(/ +/g, " ");
}

function toGsm7(character: string): string {
  const candidate = isGsm7(character) ? character : character.normalize("NFD").replace(/\p{M}/gu, "");
  return isGsm7(candidate) ? candidate : "";
}

function shorten(text: string, length: number): string | undefined {
  const short = Array.from(text.trim()).slice(0, Math.max(0, length)).join("").trim();
  return /[\p{L}\p{Nd}]/u.test(short) ? short : undefined;
}
