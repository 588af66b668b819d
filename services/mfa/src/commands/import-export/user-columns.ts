import { MfaError } from "../../domain/errors.js";
import type { WrittenUser } from "../../domain/import-export/imported-user.js";

/** The columns of a CSV file, and the keys of a line of JSON. */
export const USER_COLUMNS = [
  "user_id",
  "otpauth_uri",
  "phone_number",
  "email",
  "backup_codes",
  "state",
  "last_accepted",
  "consecutive_failures",
] as const;

export type UserColumn = (typeof USER_COLUMNS)[number];

/** Parses one line. Throws INVALID_FIELD, and never repeats the content: a shifted column may hold a secret. */
export type DecodeLine = (text: string) => WrittenUser;

export function isUserColumn(name: string): name is UserColumn {
  return USER_COLUMNS.some((column) => column === name);
}

/** Absent values are empty. */
export function toWrittenUser(
  values: Partial<Readonly<Record<UserColumn, string>>>,
  backupCodes: readonly string[],
): WrittenUser {
  return {
    userId: values.user_id ?? "",
    otpauthUri: values.otpauth_uri ?? "",
    phoneNumber: values.phone_number ?? "",
    email: values.email ?? "",
    backupCodes,
    state: values.state ?? "",
    lastAccepted: values.last_accepted ?? "",
    consecutiveFailures: values.consecutive_failures ?? "",
  };
}

/** A line that is not a user, or a field of the wrong type. */
export function malformed(field: UserColumn | "line", description: string): MfaError {
  return new MfaError("INVALID_FIELD", `${field} ${description}`, { violations: [{ field, description }] });
}
