import type { Actor } from "../../domain/audit/audit-event.js";
import { SENT_METHODS } from "../../domain/factor/method.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge, ChargedGuess, ChargedOnce, Guess } from "../../domain/verification/attempt-store.js";
import { canBeSentCode, codeParts } from "../../domain/verification/one-time-code.js";
import type { ClaimedRequest } from "../../domain/verification/request-log.js";
import type { Deps } from "../dependencies/deps.js";
import { type FaultLogDeps, logFault } from "../dependencies/log-fault.js";
import { isUsable } from "../factor/method-gate.js";
import type { GuessInput } from "./checked-code.js";
import { attemptLimits, type LimitDeps } from "./throttle.js";

export type ChargeDeps = LimitDeps & Pick<Deps, "attempts" | "codeMacs">;
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
 * Charges an attempt and, in the same step of the store, compares the digits with the pending challenge. The user is not known yet; a user whose
 * codes are not sent has no challenge.
 */
export async function chargeAttempt(
  deps: ChargeDeps,
  scope: ThrottleScope,
  input: GuessInput,
): Promise<ChargedGuess> {
  const [guess, limits] = [guessOf(deps, input), attemptLimits(deps, scope)];
  if (guess !== undefined) return deps.attempts.guess(input.userId, scope, { limits, guess });
  return { charge: await deps.attempts.charge(input.userId, scope, limits), guessed: { outcome: "none" } };
}

/** As `chargeAttempt`, under a request that may be sent again: it is claimed in the same step. */
export async function chargeOnce(
  deps: ChargeDeps,
  request: ClaimedRequest,
  { scope, input }: { readonly scope: ThrottleScope; readonly input: GuessInput },
): Promise<ChargedOnce> {
  const guess = guessOf(deps, input);
  const charged = await deps.attempts.chargeOnce(request, scope, {
    limits: attemptLimits(deps, scope),
    guess,
  });
  // From an earlier try. Verified again, so that write access to the store cannot make a wrong code match.
  if (charged.state === "charged" && charged.guessed.outcome === "matched") {
    if (guess?.macs.includes(charged.guessed.mac) !== true)
      throw new Error("a stored charge has no valid MAC");
  }
  return charged;
}

/**
 * Only methods that may be used now, and only the one that was asked for, take part: a code that could not be accepted is not spent. Digits of
 * another length are not a sent code and count as a wrong one.
 */
function guessOf(deps: ChargeDeps, input: GuessInput): Guess | undefined {
  const { userId, purpose, digits, challengeId } = input;
  if (digits === undefined) return undefined;
  const policy = deps.policy();
  const methods = SENT_METHODS.filter(
    (method) => (input.method ?? method) === method && isUsable(policy, method),
  );
  if (methods.length === 0) return undefined;
  const macs = canBeSentCode(digits)
    ? methods.flatMap((method) => deps.codeMacs.candidates(codeParts({ userId, method, purpose, digits })))
    : [];
  // A TOTP code answers no challenge, and a method whose codes are sent takes no TOTP code.
  const sentOnly = challengeId !== undefined || input.method !== undefined;
  return { purpose, methods, macs, challengeId, sentOnly };
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

/** A success clears the throttle scope. If this fails, the user waits at worst, so the answer does not wait for it. */
export function resetAttempts(
  deps: Pick<Deps, "attempts" | "inBackground">,
  { userId, actor }: { readonly userId: UserId; readonly actor: Actor },
  scope: ThrottleScope,
): void {
  deps.inBackground("reset attempts", actor, () => deps.attempts.resetAttempts(userId, scope));
}
