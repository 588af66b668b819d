import { bindingParts, type ChallengePurpose } from "../../domain/challenge/challenge.js";
import { destinationContext } from "../../domain/crypto/secret-cipher.js";
import type { SentFactor } from "../../domain/factor/factor.js";
import type { UserId } from "../../domain/user-id.js";
import type { GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { Comparison } from "../../domain/verification/code-match.js";
import type { Deps } from "../dependencies/deps.js";

export const WRONG: Comparison = { match: undefined, reason: "INVALID_CODE", compared: true };
export const NOTHING_PENDING: Comparison = {
  match: undefined,
  reason: "NO_PENDING_CHALLENGE",
  compared: false,
};

/** Judges the outcome of the guess: whether the challenge was sent for this factor and destination. */
export function matchSentCode(
  deps: Pick<Deps, "cipher" | "codeMacs">,
  code: {
    readonly userId: UserId;
    readonly factor: SentFactor;
    readonly purpose: ChallengePurpose;
    readonly guessed: GuessOutcome;
  },
): Comparison {
  const { userId, factor, purpose, guessed } = code;
  switch (guessed.outcome) {
    case "matched": {
      const { method, id: factorId } = factor;
      const destination = deps.cipher.open(factor.sealedDestination, destinationContext(userId, factor));
      const parts = bindingParts({ userId, method, purpose, factorId, destination });
      // The code of a factor that no longer exists proves nothing about this one.
      if (!deps.codeMacs.verify(parts, guessed.binding)) {
        return { match: undefined, reason: "NO_PENDING_CHALLENGE", compared: true };
      }
      return { match: { kind: "factor", factorId, replayCounter: guessed.replayCounter } };
    }
    case "wrong":
      return WRONG;
    case "expired":
      // Right and wrong codes get the same answer.
      return { match: undefined, reason: "CODE_EXPIRED", compared: false };
    case "replayed": {
      const { replayCounter } = guessed;
      return { match: undefined, reason: "CODE_REPLAYED", compared: true, replayCounter };
    }
    case "none":
      return NOTHING_PENDING;
  }
}
