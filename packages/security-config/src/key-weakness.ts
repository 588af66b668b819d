import type { Secret } from "@countersign/settings";

/** Placeholders of keys in example files and templates. */
const PLACEHOLDER =
  /change.?(?:me|this|it|in.?prod)|replace.?(?:me|this)|your.?(?:secret|jwt|key)|default|example|placeholder|insecure|development|password/i;

/** Fewer different characters than any random key of this length has, hexadecimal or base64. */
const MIN_DIFFERENT_CHARACTERS = 8;

/** Why a key is weak, as the end of a sentence, or undefined. Reveals nothing of its content. */
export function keyWeakness(key: Secret | undefined, minBytes: number): string | undefined {
  if (key === undefined) return "is not set";
  const value = key.reveal();
  if (PLACEHOLDER.test(value)) return "is a default or placeholder value";
  if (Buffer.byteLength(value) < minBytes) return `is shorter than ${minBytes} bytes`;
  return new Set(value).size < MIN_DIFFERENT_CHARACTERS
    ? "is made of too few different characters"
    : undefined;
}
