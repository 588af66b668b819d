import type { Actor, AuditEvent } from "../domain/audit/audit-event.js";
import { MfaError } from "../domain/errors.js";
import type { Factor, UserMfa } from "../domain/factor/factor.js";
import { MAX_CONSECUTIVE_FAILURES } from "../domain/throttle/lockout-policy.js";
import type { UserId } from "../domain/user-id.js";
import type { Approval } from "../domain/verification/code-match.js";
import type { Rejection } from "../domain/verification/rejection.js";
import { notifyUser } from "./delivery/notify-user.js";
import { trackSmsConversion } from "./delivery/track-sms-conversion.js";
import type { Deps } from "./dependencies/deps.js";
import { requireUsable } from "./factor/method-gate.js";
import {
  type ChargedAttempt,
  chargeAttempt,
  refundAttempt,
  resetAttempts,
} from "./verification/charge-attempt.js";
import type { FactorCode } from "./verification/checked-code.js";
import { matchCode } from "./verification/match-code.js";
import { chargeAfterCompare, recordLocked, rejectCode } from "./verification/reject-code.js";
import { ADMIN_UNLOCK_REQUIRED } from "./verification/throttle.js";

export interface Confirmed extends Approval {
  readonly outcome: "confirmed";
}

/**
 * Confirms the pending factor. The same write spends the confirming code. A wrong code counts only in the throttle scope of enrolment: it does not
 * log anyone in, so it does not count towards the durable lock of logins.
 */
export async function verifySetup(
  deps: Deps,
  input: { readonly userId: UserId; readonly digits: string; readonly actor: Actor },
): Promise<Confirmed | Rejection> {
  const { userId, digits, actor } = input;
  const [user, { charge, guessed }] = await Promise.all([
    deps.store.readUser(userId),
    chargeAttempt(deps, "enrolment", { userId, digits, purpose: "enrol" }),
  ]);
  const attempt = { userId, actor, scope: "enrolment", charge } as const;
  const factor = await usablePendingFactor(deps, attempt, user);
  const at = deps.now();
  const event = { action: "verify_setup", userId, method: factor.method, actor, at } as const;
  if ((user?.consecutiveFailures.primary ?? 0) >= MAX_CONSECUTIVE_FAILURES) {
    await recordLocked(deps, event);
    return { ...ADMIN_UNLOCK_REQUIRED, method: factor.method };
  }
  return judge(deps, attempt, {
    factor,
    event,
    code: { userId, factor, digits, purpose: "enrol", guessed, at, requestId: actor.requestId },
  });
}

interface Confirmation {
  readonly factor: Factor;
  readonly event: Omit<AuditEvent, "outcome" | "reason">;
  readonly code: FactorCode;
}

async function judge(
  deps: Deps,
  attempt: ChargedAttempt,
  { factor, event, code }: Confirmation,
): Promise<Confirmed | Rejection> {
  const { charge, userId, actor } = attempt;
  const { at } = code;
  const notBefore = new Date(at.getTime() - deps.policy().codeExpiryMs);
  if (!charge.admitted) return rejectCode(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  if (factor.createTime < notBefore) {
    const standing = await refundAttempt(deps, attempt, { token: true });
    return rejectCode(deps, { event, reason: "NO_PENDING_CHALLENGE", charge: standing });
  }
  const compared = matchCode(deps, code);
  if (compared.match === undefined) {
    const standing = await chargeAfterCompare(deps, { ...attempt, factor }, compared);
    return rejectCode(deps, { event, charge: standing, reason: compared.reason });
  }
  const { match } = compared;
  const confirmation = await deps.store.confirmEnrolment({
    userId,
    match,
    at,
    notBefore,
    event: { ...event, outcome: "succeeded" },
  });
  if (confirmation.outcome !== "accepted") {
    const reason = confirmation.outcome === "replayed" ? "CODE_REPLAYED" : "NO_PENDING_CHALLENGE";
    return rejectCode(deps, { event, reason, charge });
  }
  afterConfirmation(deps, { userId, actor }, factor);
  const { backupCodesRemaining = 0 } = confirmation;
  return { outcome: "confirmed", method: factor.method, at, backupCodesRemaining };
}

/** What the answer does not wait for. */
function afterConfirmation(
  deps: Deps,
  user: { readonly userId: UserId; readonly actor: Actor },
  factor: Factor,
) {
  resetAttempts(deps, user, "enrolment");
  trackSmsConversion(deps, user, factor);
  notifyUser(deps, { ...user, factor: { ...factor, state: "active" } }, { kind: "enabled" });
}

/** The refusal is the same for every code, so it gives the attempt back. */
async function usablePendingFactor(
  deps: Deps,
  attempt: ChargedAttempt,
  user: UserMfa | undefined,
): Promise<Factor> {
  try {
    const factor = pendingFactor(user);
    requireUsable(deps.policy(), factor.method);
    return factor;
  } catch (error) {
    await refundAttempt(deps, attempt, { token: true });
    throw error;
  }
}

function pendingFactor(user: UserMfa | undefined): Factor {
  if (user?.factor === undefined)
    throw new MfaError("MFA_NOT_CONFIGURED", "the user has no factor to confirm");
  if (user.factor.state === "active") {
    throw new MfaError("MFA_ALREADY_VERIFIED", "the user's factor has been confirmed before");
  }
  return user.factor;
}
