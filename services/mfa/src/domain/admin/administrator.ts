import { type Parsed, parsed, problem } from "../parsed.js";

/**
 * The person who asks for an administrative act, as named by the caller: `actor` of the contract. Undefined if none is given. One line, like a
 * reason. Together with the longest reason it fits into the details of an event (MAX_DETAILS_BYTES).
 */
export function parseAdministrator(input: string): Parsed<string | undefined> {
  if (input === "") return parsed(undefined);
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u.test(input) && input.trim() !== ""
    ? parsed(input)
    : problem("must be at most 256 characters without control characters");
}
