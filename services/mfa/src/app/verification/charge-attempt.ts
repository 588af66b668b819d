import { type ChallengePurpose, canBeSentCode, codeParts } from "../../domain/challenge/challenge.js";
import { type Method, SENT_METHODS } from "../../domain/factor/method.js";
import type { ClaimedRequest } from "../../domain/idempotency/request-log.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { ChargedGuess, ChargedOnce, Guess } from "../../domain/verification/attempt-store.js";
import type { Deps } from "../dependencies/deps.js";
import { isUsable } from "../factor/method-gate.js";
import { attemptLimits } from "./attempt.js";

/** An attempt to be charged, and what it may be a guess at. */
export interface GuessInput {
  readonly userId: UserId;
  readonly purpose: ChallengePurpose;
  /** Undefined: a backup code, which answers no challenge. */
  readonly digits: string | undefined;
  /** Undefined: the user's own, whatever it is. */
  readonly method?: Method | undefined;
  readonly challengeId?: string | undefined;
}

/**
 * Charges an attempt and, in the same step of the store, compares the digits with the pending challenge. The user is not known yet: for one
 * whose codes are not sent there is no challenge to meet.
 *
 * Only methods that may be used now, and only the one that was asked for, take part: a code that could not be accepted is not spent.
 */
export async function chargeAttempt(
  deps: Deps,
  lane: ThrottleScope,
  input: GuessInput,
): Promise<ChargedGuess> {
  const [guess, limits] = [guessOf(deps, input), attemptLimits(deps, lane)];
  if (guess !== undefined) return deps.attempts.guess(input.userId, lane, { limits, guess });
  return { charge: await deps.attempts.charge(input.userId, lane, limits), guessed: { outcome: "none" } };
}

/** The same for a request that may be sent again: it is claimed, and charged once, in the same step. */
export async function chargeAttemptOnce(
  deps: Deps,
  request: ClaimedRequest,
  { lane, input }: { readonly lane: ThrottleScope; readonly input: GuessInput },
): Promise<ChargedOnce> {
  const guess = guessOf(deps, input);
  const charged = await deps.attempts.chargeOnce(request, lane, { limits: attemptLimits(deps, lane), guess });
  // An earlier try's: whoever can write to the store must not be able to say that a code was right which is not the challenge's.
  if (charged.state === "charged" && charged.guessed.outcome === "matched") {
    if (guess?.macs.includes(charged.guessed.mac) !== true) throw new Error("a kept charge is not ours");
  }
  return charged;
}

/** Digits of another length are no sent code: they meet what is pending as a wrong one. */
function guessOf(deps: Deps, input: GuessInput): Guess | undefined {
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
  // An authenticator's code answers no challenge, and none is asked for by a method whose codes are sent.
  const sentOnly = challengeId !== undefined || input.method !== undefined;
  return { purpose, methods, macs, challengeId, sentOnly };
}
