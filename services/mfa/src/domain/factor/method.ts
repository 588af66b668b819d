import type { LoginScope } from "../throttle/throttle-scope.js";

/** Methods whose codes are sent. */
export const SENT_METHODS = ["sms", "email"] as const;

/** Methods that can be enrolled. Backup codes come with every enrolment and cannot stand alone (CVE-2022-36071). */
export const FACTOR_METHODS = ["totp", ...SENT_METHODS] as const;

/** Ways of proving possession during a login. */
export const METHODS = [...FACTOR_METHODS, "backup_code"] as const;

export type SentMethod = (typeof SENT_METHODS)[number];
export type FactorMethod = (typeof FACTOR_METHODS)[number];
export type Method = (typeof METHODS)[number];

export function loginScopeOf(method: Method): LoginScope {
  return method === "backup_code" ? "backup" : "primary";
}
