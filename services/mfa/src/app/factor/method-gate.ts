import { MfaError } from "../../domain/errors.js";
import type { Method } from "../../domain/factor/method.js";
import type { MfaPolicy } from "../../domain/policy/mfa-policy.js";

/** Whether a method may be used at this moment, enrolled or not. */
export function isUsable(policy: MfaPolicy, method: Method): boolean {
  return isAllowed(policy, method) && !isDisabled(policy, method);
}

/** Throws METHOD_NOT_ALLOWED or METHOD_DISABLED. Asked on every call: a policy that changes is in force at once. */
export function requireUsable(policy: MfaPolicy, method: Method): void {
  if (!isAllowed(policy, method)) {
    throw new MfaError("METHOD_NOT_ALLOWED", "the security policy does not allow this method");
  }
  if (isDisabled(policy, method)) {
    throw new MfaError("METHOD_DISABLED", "this method is switched off for the time being");
  }
}

/** Throws METHOD_NOT_ALLOWED when a method was asked for that is not the user's own. */
export function requireOwn(own: Method, asked: Method | undefined): void {
  if (asked !== undefined && asked !== own) {
    throw new MfaError("METHOD_NOT_ALLOWED", "the user has not enrolled this method");
  }
}

function isAllowed(policy: MfaPolicy, method: Method): boolean {
  return method === "backup_code" ? policy.backupCodesCount > 0 : policy.allowedMethods.has(method);
}

function isDisabled(policy: MfaPolicy, method: Method): boolean {
  return method !== "backup_code" && policy.disabledMethods.has(method);
}
