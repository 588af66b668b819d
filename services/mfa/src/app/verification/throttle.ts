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
import type { Deps } from "../dependencies/deps.js";
import { isUsable } from "../factor/method-gate.js";
import { sendRefused } from "../send-quota/reserve-send-quota.js";

/** What the limits of this moment are read from. */
export type LimitDeps = Pick<Deps, "policy" | "lockoutScheduleMs">;
export type RecordDeps = LimitDeps & Pick<Deps, "store" | "inBackground">;

/** The limits in force at this moment. Enrolment has no rate: its own throttle scope bounds it, and nobody logs in by it. */
export function attemptLimits(deps: LimitDeps, scope: ThrottleScope): AttemptLimits {
  const { maxAttempts, loginRate } = deps.policy();
  return {
    maxAttempts,
    lockoutScheduleMs: deps.lockoutScheduleMs,
    rate: scope === "enrolment" ? undefined : loginRate,
  };
}

/** Throws USER_RATE_LIMITED for a user whose codes are checked too often. No attempt was charged and no code compared. */
export function requireWithinRate(charge: Charge): void {
  if (charge.admitted || charge.by !== "rate") return;
  throw new MfaError("USER_RATE_LIMITED", "this user's codes are checked too often", {
    retryAfterMs: charge.retryAfterMs,
    metadata: { limit: "login_attempts_per_minute" },
  });
}

/** No time to wait is named: an operator unlocks the user, and beyond the longer limits a backup code logs in as well. */
export const ADMIN_UNLOCK_REQUIRED = {
  outcome: "rejected",
  reason: "TOO_MANY_ATTEMPTS",
  remainingAttempts: 0,
  retryAfterMs: undefined,
} as const satisfies Rejection;

/**
 * The limits on a user's wrong codes. A user who has no backup code that could be accepted is never refused for longer than the longest lock of
 * the ladder: the limit of 24 hours then leaves one attempt after each such pause.
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
 * How a lock that Postgres keeps answers every code of the throttle scope; undefined while there is none. Limits by window hold for the user's own method
 * alone: backup codes have 48 bits, so that no number of guesses is worth shutting their user out for.
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

/** Throws for a user whose codes would be refused: one that could not be accepted is not worth its price. */
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

/** What the record of a failure adds to its refusal: the limit that it reached, for the audit log, and what is left. */
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
  const told: Rejection = reached === undefined ? rejection : { ...rejection, reachedLimit: reached };
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
  if (scope === "backup" || user === undefined) return told;
  const throttle = throttleOf(deps, user);
  const met = metLimit(failures, throttle, event.at);
  if (met !== undefined) return { ...told, ...waitOf(met, charge, event.at), remainingAttempts: 0 };
  const left = failuresLeft(failures, throttle, event.at);
  return { ...told, remainingAttempts: Math.min(told.remainingAttempts, left) };
}

function lockedBy(met: MetLimit, charge: Charge, at: Date): Rejection {
  return { ...ADMIN_UNLOCK_REQUIRED, ...waitOf(met, charge, at) };
}

/** Until both this limit and the lock of the ladder are over. Beyond the longer limits waiting is no answer. */
function waitOf(met: MetLimit, charge: Charge, at: Date): Pick<Rejection, "retryAfterMs"> {
  if (met.window !== "daily") return { retryAfterMs: undefined };
  const ladderMs = (charge.admitted ? charge.lockMs : charge.retryAfterMs) ?? 0;
  return { retryAfterMs: Math.max(met.openTime.getTime() - at.getTime(), ladderMs) };
}

function unlockRequired(): MfaError {
  return new MfaError("UNLOCK_REQUIRED", "too many failures: an operator has to unlock the user");
}
