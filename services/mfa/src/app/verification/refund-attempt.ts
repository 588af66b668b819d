import type { Actor } from "../../domain/audit/audit-event.js";
import type { Factor } from "../../domain/factor/factor.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge } from "../../domain/verification/attempt-store.js";
import type { ClaimedRequest } from "../../domain/verification/request-log.js";
import type { Deps } from "../dependencies/deps.js";
import { type FaultLogDeps, logFault } from "../dependencies/log-fault.js";
import { attemptLimits, type LimitDeps } from "./throttle.js";

export type RefundDeps = LimitDeps & FaultLogDeps & Pick<Deps, "attempts" | "store">;

/** An attempt that was charged to a user's throttle scope. */
export interface ChargedAttempt {
  readonly userId: UserId;
  readonly actor: Actor;
  readonly scope: ThrottleScope;
  readonly charge: Charge;
  /** The request that it was made for, if it may be retried. */
  readonly request?: ClaimedRequest | undefined;
}

/**
 * Refunds a charge if the answer was the same for every code, or concerned only a code that was accepted before: such a call is no guess and must not
 * lock the user out. Returns the charge as it then stands. If the refund fails, the charge stands and the answer does not fail.
 *
 * `token`: no code was compared, so the token of the user's login rate is refunded too.
 */
export async function refundAttempt(
  deps: RefundDeps,
  { userId, actor, scope, charge, request }: ChargedAttempt,
  { token }: { readonly token: boolean },
): Promise<Charge> {
  if (!charge.admitted || charge.id === "") return charge;
  const refund = { chargeId: charge.id, limits: attemptLimits(deps, scope), token, request };
  try {
    const remaining = await deps.attempts.refund(userId, scope, refund);
    return remaining === undefined ? charge : { admitted: true, id: "", remaining, lockMs: undefined };
  } catch (fault) {
    logFault(deps, { what: "giving an attempt back", actor }, fault);
    return charge;
  }
}

/**
 * Whether the code with this replay counter is the one that the factor accepted last, as when a form is submitted twice. An older code is a guess
 * like any other. The user is read again if the code may have been accepted since.
 */
export async function wasAcceptedLast(
  deps: Pick<Deps, "store">,
  { userId, factor }: { readonly userId: UserId; readonly factor: Factor },
  replayCounter: bigint,
): Promise<boolean> {
  if (factor.replayCounter === replayCounter) return true;
  const now = await deps.store.readUser(userId);
  return now?.factor?.id === factor.id && now.factor.replayCounter === replayCounter;
}

/** A success clears the throttle scope. If this fails, the user waits at worst, so the answer does not wait for it. */
export function resetAttempts(
  deps: Pick<Deps, "attempts" | "inBackground">,
  { userId, actor }: { readonly userId: UserId; readonly actor: Actor },
  scope: ThrottleScope,
): void {
  deps.inBackground("reset attempts", actor, () => deps.attempts.resetAttempts(userId, scope));
}
