import { type ChallengePurpose, canBeSentCode, codeParts } from "../domain/challenge.js";
import type { Method, SentMethod } from "../domain/method.js";
import type { AttemptLane, Charge, Guess, GuessOutcome } from "../domain/ports/attempt-store.js";
import type { UserId } from "../domain/user-id.js";
import { attemptLimits } from "./attempt.js";
import type { Deps } from "./deps.js";
import { isUsable } from "./method-gate.js";

const SENT_METHODS: readonly SentMethod[] = ["sms", "email"];

export interface Digits {
  readonly userId: UserId;
  readonly purpose: ChallengePurpose;
  readonly digits: string;
  /** Undefined: the user's own, whatever it is. */
  readonly method?: Method | undefined;
  readonly challengeId?: string | undefined;
}

/** An attempt that was charged, and what its digits met in the same step. */
export interface ChargedGuess {
  readonly charge: Charge;
  readonly guessed: GuessOutcome;
}

/**
 * Charges an attempt and, in the same step of the store, compares the digits with the pending challenge. The user is not known yet: for one
 * whose codes are not sent there is no challenge to meet.
 *
 * Only methods that may be used now, and only the one that was asked for, take part: a code that could not be accepted is not spent.
 */
export function chargeGuess(deps: Deps, lane: AttemptLane, input: Digits): Promise<ChargedGuess> {
  const guess = guessOf(deps, input);
  if (guess === undefined) return chargeAlone(deps, lane, { ...input, guessed: { outcome: "none" } });
  return deps.attempts.guess(input.userId, lane, { limits: attemptLimits(deps, lane), guess });
}

/** Charges an attempt that meets no challenge: what its guess met is known. */
export async function chargeAlone(
  deps: Deps,
  lane: AttemptLane,
  { userId, guessed }: { readonly userId: UserId; readonly guessed: GuessOutcome },
): Promise<ChargedGuess> {
  return { charge: await deps.attempts.charge(userId, lane, attemptLimits(deps, lane)), guessed };
}

/** Digits of another length are no sent code: they meet what is pending as a wrong one. */
function guessOf(deps: Deps, input: Digits): Guess | undefined {
  const { userId, purpose, digits, challengeId } = input;
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
