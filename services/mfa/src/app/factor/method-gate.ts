import { MfaError } from "../../domain/errors.js";
import type { Factor, UserMfa } from "../../domain/factor/factor.js";
import type { Method } from "../../domain/factor/method.js";
import type { MfaPolicy } from "../../domain/policy/mfa-policy.js";
import type { LoginScope } from "../../domain/throttle/throttle-scope.js";

/** Whether a method may be used now, enrolled or not. */
export function isUsable(policy: MfaPolicy, method: Method): boolean {
  return isAllowed(policy, method) && !isDisabled(policy, method);
}

/** Throws METHOD_NOT_ALLOWED or METHOD_DISABLED. Checked on every call, so that a policy change takes effect immediately. */
export function requireUsable(policy: MfaPolicy, method: Method): void {
  if (!isAllowed(policy, method)) {
    throw new MfaError("METHOD_NOT_ALLOWED", "the security policy does not allow this method");
  }
  if (isDisabled(policy, method)) {
    throw new MfaError("METHOD_DISABLED", "this method is temporarily disabled");
  }
}

/** Throws METHOD_NOT_ALLOWED if the method asked for is not the user's own. */
export function requireOwn(own: Method, asked: Method | undefined): void {
  if (asked !== undefined && asked !== own) {
    throw new MfaError("METHOD_NOT_ALLOWED", "the user has not enrolled this method");
  }
}

/** An active factor, and the method that a code is given for: its own, or backup codes. */
export interface OwnFactor {
  readonly user: UserMfa;
  readonly factor: Factor;
  readonly method: Method;
}

/**
 * The active factor that a code of this throttle scope is for. Throws MFA_NOT_ENABLED if the user has none, METHOD_NOT_ALLOWED or METHOD_DISABLED if
 * the method is not the user's or may not be used now.
 */
export function ownFactor(
  policy: MfaPolicy,
  user: UserMfa | undefined,
  { scope, asked }: { readonly scope: LoginScope; readonly asked: Method | undefined },
): OwnFactor {
  if (user?.enabled !== true || user.factor?.state !== "active") {
    throw new MfaError("MFA_NOT_ENABLED", "the user has no active factor");
  }
  const method: Method = scope === "backup" ? "backup_code" : user.factor.method;
  requireOwn(method, asked);
  requireUsable(policy, method);
  return { user, factor: user.factor, method };
}

function isAllowed(policy: MfaPolicy, method: Method): boolean {
  return method === "backup_code" ? policy.backupCodesCount > 0 : policy.allowedMethods.has(method);
}

function isDisabled(policy: MfaPolicy, method: Method): boolean {
  return method !== "backup_code" && policy.disabledMethods.has(method);
}
