import type { SentMethod } from "../factor/method.js";
import { parseOtpauthUri } from "../factor/otpauth-uri.js";
import type { TotpKey } from "../factor/totp.js";
import { checkFields, type FieldValues } from "../field-check.js";
import { type Parsed, parsed, problem } from "../parsed.js";
import { MAX_CONSECUTIVE_FAILURES } from "../throttle/lockout-policy.js";
import { parseUserId, type UserId } from "../user-id.js";
import { parseCode } from "../verification/one-time-code.js";

/** A user of another system as written in a file or a request. Empty: not given. */
export interface WrittenUser {
  readonly userId: string;
  readonly otpauthUri: string;
  readonly phoneNumber: string;
  readonly email: string;
  /** In plaintext. */
  readonly backupCodes: readonly string[];
  readonly state: string;
  readonly lastAccepted: string;
  readonly consecutiveFailures: string;
}

/** A phone number or address is as written: the current policy decides how it is parsed. */
export type ImportedFactor =
  | ({ readonly method: "totp" } & TotpKey)
  | { readonly method: SentMethod; readonly written: string };

/** A user of another system whose fields are well-formed. */
export interface ImportedUser {
  readonly userId: UserId;
  readonly factor: ImportedFactor;
  /** In canonical form. */
  readonly backupCodes: readonly string[];
  /** Active: the other system had confirmed the factor. */
  readonly state: "pending" | "active";
  /** Undefined if the other system kept none. */
  readonly replayCounter: bigint | undefined;
  readonly consecutiveFailures: number;
}

const MAX_BACKUP_CODES = 20;

/** Throws INVALID_FIELD with every invalid field. */
export function parseImportedUser(written: WrittenUser): ImportedUser {
  return toImportedUser(written, checkFields(importedUserFields(written)));
}

/** The fields of a user, for `checkFields`. */
export function importedUserFields(written: WrittenUser) {
  const { userId, otpauthUri, backupCodes, state, lastAccepted, consecutiveFailures } = written;
  return {
    user_id: parseUserId(userId),
    factor: requireOneFactor(written),
    otpauth_uri: otpauthUri === "" ? parsed(undefined) : parseOtpauthUri(otpauthUri),
    backup_codes: parseBackupCodes(backupCodes),
    state: parseState(state),
    last_accepted: parseReplayCounter(lastAccepted),
    consecutive_failures: parseFailures(consecutiveFailures),
  };
}

export function toImportedUser(
  { phoneNumber, email }: WrittenUser,
  fields: FieldValues<ReturnType<typeof importedUserFields>>,
): ImportedUser {
  return {
    userId: fields.user_id,
    factor: factorOf(fields.otpauth_uri, phoneNumber, email),
    backupCodes: fields.backup_codes,
    state: fields.state,
    replayCounter: fields.last_accepted,
    consecutiveFailures: fields.consecutive_failures,
  };
}

function factorOf(key: TotpKey | undefined, phoneNumber: string, email: string): ImportedFactor {
  if (key !== undefined) return { method: "totp", ...key };
  return phoneNumber === "" ? { method: "email", written: email } : { method: "sms", written: phoneNumber };
}

function requireOneFactor({ otpauthUri, phoneNumber, email }: WrittenUser): Parsed<undefined> {
  const given = [otpauthUri, phoneNumber, email].filter((each) => each !== "").length;
  if (given === 1) return parsed(undefined);
  return problem(
    `must be one of otpauth_uri, phone_number and email, not ${given === 0 ? "none" : "several"}`,
  );
}

/** Codes of another form could not be entered here, and hashes could not be checked: they use another scheme and another pepper. */
function parseBackupCodes(input: readonly string[]): Parsed<readonly string[]> {
  if (input.length > MAX_BACKUP_CODES) return problem(`must be at most ${MAX_BACKUP_CODES} codes`);
  const codes = input.flatMap((each) => {
    const code = parseCode(each);
    return code.ok && code.value.shape === "backup" ? [code.value.canonical] : [];
  });
  if (codes.length < input.length)
    return problem(
      "must be codes in the clear, of 12 hexadecimal digits each (XXXX-XXXX-XXXX): no other form, and no hashes",
    );
  return new Set(codes).size < codes.length ? problem("has a code twice") : parsed(codes);
}

function parseState(input: string): Parsed<ImportedUser["state"]> {
  if (input === "" || input === "active") return parsed("active");
  return input === "pending" ? parsed("pending") : problem("must be active or pending");
}

/** Systems without a replay counter write zero. */
function parseReplayCounter(input: string): Parsed<bigint | undefined> {
  if (!/^[0-9]{0,16}$/.test(input)) return problem("must be a whole number of at most 16 digits");
  return parsed(Number(input) === 0 ? undefined : BigInt(input));
}

function parseFailures(input: string): Parsed<number> {
  const failures = /^[0-9]{0,3}$/.test(input) ? Number(input) : Number.NaN;
  return failures <= MAX_CONSECUTIVE_FAILURES
    ? parsed(failures)
    : problem(`must be a whole number from 0 to ${MAX_CONSECUTIVE_FAILURES}`);
}
