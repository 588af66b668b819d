import { type Parsed, parsed, problem } from "../parsed.js";

/** A code in its one canonical form. Compare, consume and count all use this form (CVE-2025-55000: a second spelling is a second try). */
export type OneTimeCode =
  | { readonly shape: "digits"; readonly digits: string }
  | { readonly shape: "backup"; readonly canonical: string };

/** ASCII only and no trimming: a full-width digit, a blank or a sign is not another spelling of a code. */
const DIGITS = /^(?:[0-9]{6}|[0-9]{8})$/;
const BACKUP = /^([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{4})$/;

export function parseCode(input: string): Parsed<OneTimeCode> {
  if (input === "") return problem("is required");
  if (DIGITS.test(input)) return parsed({ shape: "digits", digits: input });
  const groups = BACKUP.exec(input);
  if (groups !== null) return parsed({ shape: "backup", canonical: groups.slice(1).join("").toUpperCase() });
  return problem("must be 6 or 8 digits, or a backup code of 12 hexadecimal digits (XXXX-XXXX-XXXX)");
}
