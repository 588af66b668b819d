import type { LoginScope } from "../throttle/throttle-scope.js";

/** A way of proving possession during a login. */
export type Method = "totp" | "sms" | "email" | "backup_code";

/** A method that can be enrolled. Backup codes come with every enrolment and cannot stand alone (CVE-2022-36071). */
export type FactorMethod = Exclude<Method, "backup_code">;

/** A method whose codes are sent. */
export type SentMethod = Extract<FactorMethod, "sms" | "email">;

export function loginScopeOf(method: Method): LoginScope {
  return method === "backup_code" ? "backup" : "primary";
}
