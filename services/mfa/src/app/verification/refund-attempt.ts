import type { Actor } from "../../domain/audit/audit-event.js";
import type { Factor } from "../../domain/factor/factor.js";
import type { ClaimedRequest } from "../../domain/idempotency/request-log.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge } from "../../domain/verification/attempt-store.js";
import { logFault } from "../audit/log-fault.js";
import type { Deps } from "../dependencies/deps.js";
import { attemptLimits } from "./attempt.js";
import type { Unproven } from "./match-code.js";

/** An attempt that was charged to a user's lane. */
export interface ChargedAttempt {
  readonly userId: UserId;
  readonly actor: Actor;
  readonly lane: ThrottleScope;
  readonly charge: Charge;
  /** The request that it was made for, where it may be sent again. */
  readonly request?: ClaimedRequest | undefined;
}

/**
 * Gives a charge back whose answer is the same for every code, or tells only of a code that was accepted before: such a call is no guess, and
 * must not lock the user out. Answers the charge as it then stands. One that cannot be given back stands; the answer does not fail for it.
 *
 * `token`: no code was compared, so that the user's rate of logins is not used up either.
 */
export async function refundAttempt(
  deps: Deps,
  { userId, actor, lane, charge, request }: ChargedAttempt,
  { token }: { readonly token: boolean },
): Promise<Charge> {
  if (!charge.admitted || charge.id === "") return charge;
  const refund = { chargeId: charge.id, limits: attemptLimits(deps, lane), token, request };
  try {
    const remaining = await deps.attempts.refund(userId, lane, refund);
    return remaining === undefined ? charge : { admitted: true, id: "", remaining, lockMs: undefined };
  } catch (fault) {
    logFault(deps, { what: "giving an attempt back", actor }, fault);
    return charge;
  }
}

/** What stands of a charge once its code has been compared and was not right. */
export async function chargeAfterCompare(
  deps: Deps,
  attempt: ChargedAttempt & { readonly factor: Factor },
  { compared, mark }: Unproven,
): Promise<Charge> {
  if (!compared) return refundAttempt(deps, attempt, { token: true });
  const repeated = mark !== undefined && (await wasAcceptedLast(deps, attempt, mark));
  return repeated ? refundAttempt(deps, attempt, { token: false }) : attempt.charge;
}

/**
 * Whether the code with this mark is the one that the factor accepted last, as when a form is submitted twice. An older code is a guess like
 * any other. The user is read again where the code may have been accepted since.
 */
export async function wasAcceptedLast(
  deps: Deps,
  { userId, factor }: { readonly userId: UserId; readonly factor: Factor },
  mark: bigint,
): Promise<boolean> {
  if (factor.lastAccepted === mark) return true;
  const now = await deps.store.readUser(userId);
  return now?.factor?.id === factor.id && now.factor.lastAccepted === mark;
}
