import { type Parsed, parsed, problem } from "./parsed.js";

declare const brand: unique symbol;
/** An opaque id chosen by the calling system, compared byte for byte: never folded, trimmed or normalised. */
export type UserId = string & { readonly [brand]: "UserId" };

/** Printable ASCII without the blank: no control character, no look-alike letter and no second spelling of an id. */
const USER_ID = /^[\x21-\x7e]{1,128}$/;

export function parseUserId(input: string): Parsed<UserId> {
  if (input === "") return problem("is required");
  if (!USER_ID.test(input)) return problem("must be 1 to 128 printable ASCII characters without blanks");
  return parsed(input as UserId);
}
