import type { AuditEvent } from "../../domain/audit/audit-event.js";
import { MfaError } from "../../domain/errors.js";
import type { UserMfa } from "../../domain/factor/factor.js";
import {
  crossedLimit,
  type FailureRecord,
  failuresLeft,
  type MetLimit,
  metLimit,
  type Throttle,
} from "../../domain/throttle/failure-limits.js";
import { type AttemptLimits, MAX_CONSECUTIVE_FAILURES } from "../../domain/throttle/lockout-policy.js";
import type { LoginScope, ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { Charge } from "../../domain/verification/attempt-store.js";
import type { Rejection } from "../../domain/verification/rejection.js";
import { sendRefused } from "../delivery/reserve-send-quota.js";
import type { Deps } from "../dependencies/deps.js";
import { isUsable } from "../factor/method-gate.js";

/** What the current limits are read from. */
export type LimitDeps = Pick<Deps, "policy" | "lockoutScheduleMs">;
export type RecordDeps = LimitDeps & Pick<Deps, "store" | "inBackground">;

/** The current limits. Enrolment has no rate: its own throttle scope bounds it, and it does not log anyone in. */
export function attemptLimits(deps: LimitDeps, scope: ThrottleScope): AttemptLimits {
  const { maxAttempts, loginRate } = deps.policy();
  return {
    maxAttempts,
    lockoutScheduleMs: deps.lockoutScheduleMs,
    rate: scope === "enrolment" ? undefined : loginRate,
  };
}

/** Throws USER_RATE_LIMITED if the user's codes are checked too often. No attempt was charged and no code compared. */
export function requireWithinRate(charge: Charge): void {
  if (charge.admitted || charge.by !== "rate") return;
  throw new MfaError("USER_RATE_LIMITED", "this user's codes are checked too often", {
    retryAfterMs: charge.retryAfterMs,
    metadata: { limit: "login_attempts_per_minute" },
  });
}

/** No wait is returned: an operator must unlock the user; beyond the longer limits a backup code works as well. */
export const ADMIN_UNLOCK_REQUIRED = {
  outcome: "rejected",
  reason: "TOO_MANY_ATTEMPTS",
  remainingAttempts: 0,
  retryAfterMs: undefined,
} as const satisfies Rejection;

/**
 * The limits on a user's wrong codes. A user without a usable backup code is never refused for longer than the longest lock of the schedule: the
 * 24-hour limit then leaves one attempt after each such pause.
 */
export function throttleOf(deps: LimitDeps, user: UserMfa): Throttle {
  const policy = deps.policy();
  const hasBackupCode =
    (user.backupCodes?.remaining ?? 0) > 0 &&
    user.consecutiveFailures.backup < MAX_CONSECUTIVE_FAILURES &&
    isUsable(policy, "backup_code");
  return { limits: policy.failureLimits, pauseMs: hasBackupCode ? undefined : deps.lockoutScheduleMs.at(-1) };
}

/**
 * The rejection of every code of the throttle scope while a lock stored in Postgres holds; undefined while there is none. Sliding-window limits apply
 * only to the user's own method: backup codes have 48 bits, so no number of guesses justifies locking the user out.
 */
export function durableLock(
  deps: LimitDeps,
  { user, scope, charge }: { readonly user: UserMfa; readonly scope: LoginScope; readonly charge: Charge },
  at: Date,
): Rejection | undefined {
  if (user.consecutiveFailures[scope] >= MAX_CONSECUTIVE_FAILURES) return ADMIN_UNLOCK_REQUIRED;
  if (scope === "backup") return undefined;
  const met = metLimit(user.failures.primary, throttleOf(deps, user), at);
  return met && lockedBy(met, charge, at);
}

/** Throws if the user's codes would be refused: a message with a code that cannot be accepted is not worth its price. */
export function requireUnlocked(deps: LimitDeps & Pick<Deps, "now">, user: UserMfa | undefined): void {
  if (user === undefined) return;
  if (user.consecutiveFailures.primary >= MAX_CONSECUTIVE_FAILURES) throw unlockRequired();
  // A code that confirms an enrolment is no guess at a login.
  if (user.factor?.state !== "active") return;
  const at = deps.now();
  const met = metLimit(user.failures.primary, throttleOf(deps, user), at);
  if (met === undefined) return;
  if (met.window !== "daily") throw unlockRequired();
  throw sendRefused("locked", met.openTime.getTime() - at.getTime());
}

/** What the record of a failure adds to its rejection: the limit that it reached, for the audit log, and the attempts left. */
export function withRecord(
  deps: RecordDeps,
  refusal: {
    readonly event: Omit<AuditEvent, "outcome" | "reason">;
    readonly scope: LoginScope;
    readonly failures: FailureRecord;
    readonly user: UserMfa | undefined;
    readonly charge: Charge;
  },
  rejection: Rejection,
): Rejection {
  const { event, scope, failures, user, charge } = refusal;
  const reached = crossedLimit(failures, deps.policy().failureLimits);
  const counted: Rejection = reached === undefined ? rejection : { ...rejection, reachedLimit: reached };
  if (reached !== undefined) {
    const details = { scope, window: reached, failures: String(failures.minutes.length) };
    deps.inBackground("record a failure limit", event.actor, () =>
      deps.store.record({
        ...event,
        action: "failure_limit_reached",
        outcome: "rejected",
        reason: "TOO_MANY_ATTEMPTS",
        details,
      }),
    );
  }
  if (scope === "backup" || user === undefined) return counted;
  const throttle = throttleOf(deps, user);
  const met = metLimit(failures, throttle, event.at);
  if (met !== undefined) return { ...counted, ...waitOf(met, charge, event.at), remainingAttempts: 0 };
  const left = failuresLeft(failures, throttle, event.at);
  return { ...counted, remainingAttempts: Math.min(counted.remainingAttempts, left) };
}

function lockedBy(met: MetLimit, charge: Charge, at: Date): Rejection {
  return { ...ADMIN_UNLOCK_REQUIRED, ...waitOf(met, charge, at) };
}

/** Until both this limit and the lockout are over. Undefined for the longer limits, where waiting does not help. */
function waitOf(met: MetLimit, charge: Charge, at: Date): Pick<Rejection, "retryAfterMs"> {
  if (met.window !== "daily") return { retryAfterMs: undefined };
  const lockMs = (charge.admitted ? charge.lockMs : charge.retryAfterMs) ?? 0;
  return { retryAfterMs: Math.max(met.openTime.getTime() - at.getTime(), lockMs) };
}

function unlockRequired(): MfaError {
  return new MfaError("UNLOCK_REQUIRED", "too many failures: an operator has to unlock the user");
}
