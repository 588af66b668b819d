/** A way of proving possession during a login. */
export type Method = "totp" | "sms" | "email" | "backup_code";

/** A method that can be enrolled. Backup codes come with every enrolment and cannot stand alone (CVE-2022-36071). */
export type FactorMethod = Exclude<Method, "backup_code">;

/** A method whose codes are sent. */
export type SentMethod = Extract<FactorMethod, "sms" | "email">;

/** Attempts are counted apart for the user's own method and for backup codes. */
export type Lane = "primary" | "backup";

export function laneOf(method: Method): Lane {
  return method === "backup_code" ? "backup" : "primary";
}
