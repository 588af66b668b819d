import type { AuditEvent } from "../../domain/audit/audit-event.js";
import type { Factor, UserMfa } from "../../domain/factor/factor.js";
import { isLastFailure } from "../../domain/throttle/lockout-policy.js";
import type { LoginScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge } from "../../domain/verification/attempt-store.js";
import type { AcceptResult, CodeMatch, Unmatched } from "../../domain/verification/code-match.js";
import type { Rejection, RejectionReason } from "../../domain/verification/rejection.js";
import type { Deps } from "../dependencies/deps.js";
import { type ChargedAttempt, type RefundDeps, refundAttempt } from "./charge-attempt.js";
import { type RecordDeps, withRecord } from "./throttle.js";

/** A code of an active user, charged to its throttle scope. */
export interface LoginAttempt extends ChargedAttempt {
  readonly scope: LoginScope;
  readonly user: UserMfa;
  readonly factor: Factor;
}

/**
 * A rejection for the answer and the audit log. `failedScope`: the throttle scope whose durable failure count it increases. `user`: the user whose
 * limits the answer reports.
 */
export async function rejectCode(
  deps: RecordDeps,
  input: {
    readonly event: Omit<AuditEvent, "outcome" | "reason">;
    readonly reason: RejectionReason;
    readonly charge: Charge;
    readonly failedScope?: LoginScope;
    readonly user?: UserMfa;
  },
): Promise<Rejection> {
  const { reason, charge, failedScope: scope, user } = input;
  const details = lockDetails(charge, scope === undefined ? undefined : user?.consecutiveFailures[scope]);
  const event = {
    ...input.event,
    outcome: "rejected",
    reason,
    ...(details === undefined ? {} : { details }),
  } as const;
  const failures = await deps.store.recordRejection(event, scope);
  const rejection: Rejection = {
    outcome: "rejected",
    reason,
    method: event.method,
    remainingAttempts: charge.admitted ? charge.remaining : 0,
    retryAfterMs: charge.admitted ? charge.lockMs : charge.retryAfterMs,
  };
  if (scope === undefined || failures === undefined) return rejection;
  return withRecord(deps, { event: input.event, scope, failures, user, charge }, rejection);
}

/** The locks that begin with a wrong code, for the audit log: one that ends by itself, and one that an operator must end. */
function lockDetails(
  charge: Charge,
  failuresBefore: number | undefined,
): Readonly<Record<string, string>> | undefined {
  const locks = charge.admitted && charge.lockMs !== undefined;
  const lasts = failuresBefore !== undefined && isLastFailure(failuresBefore);
  if (!locks && !lasts) return undefined;
  return {
    ...(locks ? { lock_ms: String(charge.lockMs) } : {}),
    ...(lasts ? { unlock_required: "true" } : {}),
  };
}

/** Records the rejection of a code that was not compared because of a lock. */
export async function recordLocked(
  deps: Pick<Deps, "store">,
  event: Omit<AuditEvent, "outcome">,
): Promise<void> {
  await deps.store.recordRejection({ ...event, outcome: "rejected", reason: "TOO_MANY_ATTEMPTS" }, undefined);
}

/** Rejects a login code that did not match. */
export async function rejectUnmatched(
  deps: RefundDeps & RecordDeps,
  attempt: LoginAttempt,
  { unmatched, event }: { readonly unmatched: Unmatched; readonly event: AuditEvent },
): Promise<Rejection> {
  const { user, scope } = attempt;
  const charge = await chargeAfterCompare(deps, attempt, unmatched);
  return rejectCode(deps, { event, charge, user, ...rejectedFor(unmatched.reason, scope) });
}

/** Rejects a login code that matched but was not accepted. */
export async function rejectUnaccepted(
  deps: RefundDeps & RecordDeps,
  attempt: LoginAttempt,
  rejected: {
    readonly outcome: Exclude<AcceptResult["outcome"], "accepted">;
    readonly match: CodeMatch;
    readonly event: AuditEvent;
  },
): Promise<Rejection> {
  const { charge, scope, user } = attempt;
  const { event, match } = rejected;
  switch (rejected.outcome) {
    case "replayed": {
      const standing = await chargeAfterReplay(deps, attempt, match);
      return rejectCode(deps, { event, charge: standing, reason: "CODE_REPLAYED" });
    }
    case "unknown":
      return rejectCode(deps, { event, charge, user, ...rejectedFor("INVALID_CODE", scope) });
    case "gone":
      return rejectCode(deps, { event, charge, reason: "NO_PENDING_CHALLENGE" });
    case "locked":
      return rejectCode(deps, { event, charge, reason: "TOO_MANY_ATTEMPTS" });
  }
}

/** The charge that remains after a code was compared and was wrong. */
export async function chargeAfterCompare(
  deps: RefundDeps,
  attempt: ChargedAttempt & { readonly factor: Factor },
  { compared, replayCounter }: Unmatched,
): Promise<Charge> {
  if (!compared) return refundAttempt(deps, attempt, { token: true });
  const repeated = replayCounter !== undefined && (await wasAcceptedLast(deps, attempt, replayCounter));
  return repeated ? refundAttempt(deps, attempt, { token: false }) : attempt.charge;
}

/** A known, spent backup code belongs to the user. Of a factor's codes, only the one that was accepted last does. */
async function chargeAfterReplay(deps: RefundDeps, attempt: LoginAttempt, match: CodeMatch): Promise<Charge> {
  const own = match.kind === "backup-code" || (await wasAcceptedLast(deps, attempt, match.replayCounter));
  return own ? refundAttempt(deps, attempt, { token: false }) : attempt.charge;
}

/** Only a wrong code counts towards the durable lock. One that is late, spent or answers no challenge is no guess. */
function rejectedFor(
  reason: RejectionReason,
  scope: LoginScope,
): { readonly reason: RejectionReason; readonly failedScope?: LoginScope } {
  return reason === "INVALID_CODE" ? { reason, failedScope: scope } : { reason };
}

/**
 * Whether the code with this replay counter is the one that the factor accepted last, as when a form is submitted twice. An older code is a guess
 * like any other. The user is read again if the code may have been accepted since.
 */
async function wasAcceptedLast(
  deps: Pick<Deps, "store">,
  { userId, factor }: { readonly userId: UserId; readonly factor: Factor },
  replayCounter: bigint,
): Promise<boolean> {
  if (factor.replayCounter === replayCounter) return true;
  const now = await deps.store.readUser(userId);
  return now?.factor?.id === factor.id && now.factor.replayCounter === replayCounter;
}
