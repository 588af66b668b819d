import { type Parsed, parsed, problem } from "../parsed.js";

/** Why an administrator acts. One line, so that a reason cannot look like further entries to people who read the log. */
export function parseReason(input: string): Parsed<string> {
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,500}$/u.test(input) && input.trim() !== ""
    ? parsed(input)
    : problem("must be 1 to 500 characters without control characters");
}
