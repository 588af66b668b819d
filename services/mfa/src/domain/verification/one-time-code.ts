import type { ChallengePurpose } from "../challenge/challenge.js";
import type { SentMethod } from "../factor/method.js";
import { type Parsed, parsed, problem } from "../parsed.js";
import type { LoginScope } from "../throttle/throttle-scope.js";
import type { UserId } from "../user-id.js";

/** A code in canonical form. Compare, consume and count all use this form (CVE-2025-55000: a second spelling is a second try). */
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

export function loginScopeOfCode(code: OneTimeCode): LoginScope {
  return code.shape === "backup" ? "backup" : "primary";
}

/** Number of digits of a sent code. */
const SENT_DIGITS = 6;

/** Six digits, each code as likely as any other, leading zeros kept. `randomInt` gives 0 to `max` - 1 without bias. */
export function drawCode(randomInt: (max: number) => number): string {
  return randomInt(10 ** SENT_DIGITS)
    .toString()
    .padStart(SENT_DIGITS, "0");
}

/** Only this form can be the code of a challenge. */
export function canBeSentCode(digits: string): boolean {
  return digits.length === SENT_DIGITS;
}

/** What the MAC of a code covers: a code is valid for one user, method and purpose only, even if another has the same digits. */
export function codeParts(input: {
  readonly userId: UserId;
  readonly method: SentMethod;
  readonly purpose: ChallengePurpose;
  readonly digits: string;
}): readonly string[] {
  return ["sent-code", input.userId, input.method, input.purpose, input.digits];
}
