import type { Actor, AuditEvent } from "../../domain/audit/audit-event.js";
import { MfaError } from "../../domain/errors.js";
import type { UserMfa } from "../../domain/factor/factor.js";
import type { AttemptLimits } from "../../domain/throttle/lockout-policy.js";
import type { LoginScope, ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge } from "../../domain/verification/attempt-store.js";
import type { Rejection, RejectionReason } from "../../domain/verification/rejection.js";
import type { Deps } from "../dependencies/deps.js";
import { withRecord } from "./throttle.js";

/** The limits in force at this moment. Enrolment has no rate: its own lane bounds it, and nobody logs in by it. */
export function attemptLimits(deps: Deps, lane: ThrottleScope): AttemptLimits {
  const { maxAttempts, loginRate } = deps.policy();
  return {
    maxAttempts,
    lockLadderMs: deps.lockLadderMs,
    rate: lane === "enrolment" ? undefined : loginRate,
  };
}

/** Throws for a user whose codes are checked too often. No attempt was charged and no code compared. */
export function requireWithinRate(charge: Charge): void {
  if (charge.admitted || charge.by !== "rate") return;
  throw new MfaError("USER_RATE_LIMITED", "this user's codes are checked too often", {
    retryAfterMs: charge.retryAfterMs,
    metadata: { limit: "login_attempts_per_minute" },
  });
}

/**
 * A refusal as it goes out, and in the audit log. `failedLane`: the lane whose durable count of failures it adds to. `user`: whose limits the
 * answer tells of.
 */
export async function rejectCode(
  deps: Deps,
  input: {
    readonly event: Omit<AuditEvent, "outcome" | "reason">;
    readonly reason: RejectionReason;
    readonly charge: Charge;
    readonly failedLane?: LoginScope;
    readonly user?: UserMfa;
  },
): Promise<Rejection> {
  const { reason, charge } = input;
  const locks = charge.admitted && charge.lockMs !== undefined;
  const event = {
    ...input.event,
    outcome: "rejected",
    reason,
    ...(locks ? { details: { lock_ms: String(charge.lockMs) } } : {}),
  } as const;
  const { failedLane: lane, user } = input;
  const failures = await deps.store.recordRejection(event, lane);
  const rejection: Rejection = {
    outcome: "rejected",
    reason,
    remainingAttempts: charge.admitted ? charge.remaining : 0,
    retryAfterMs: charge.admitted ? charge.lockMs : charge.retryAfterMs,
  };
  if (lane === undefined || failures === undefined) return rejection;
  return withRecord(deps, { event: input.event, lane, failures, user, charge }, rejection);
}

/** Only a wrong code brings the user nearer to the durable lock; one that is late, spent or answers nothing is no guess. */
export function refusal(
  reason: RejectionReason,
  lane: LoginScope,
): { readonly reason: RejectionReason; readonly failedLane?: LoginScope } {
  return reason === "INVALID_CODE" ? { reason, failedLane: lane } : { reason };
}

/** A success clears the lane. Lost, it costs the user a wait at the worst, so the answer does not wait for it. */
export function resetAttempts(
  deps: Deps,
  { userId, actor }: { readonly userId: UserId; readonly actor: Actor },
  lane: ThrottleScope,
): void {
  deps.inBackground("forgive attempts", actor, () => deps.attempts.resetAttempts(userId, lane));
}
