import { bindingParts, type ChallengePurpose } from "../../domain/challenge/challenge.js";
import { destinationContext, secretContext } from "../../domain/crypto/secret-cipher.js";
import type { SentFactor } from "../../domain/factor/factor.js";
import { matchTotp } from "../../domain/factor/totp.js";
import type { UserId } from "../../domain/user-id.js";
import type { GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { Comparison } from "../../domain/verification/code-match.js";
import type { Deps } from "../dependencies/deps.js";
import type { FactorCode } from "./checked-code.js";

export type MatchDeps = Pick<Deps, "cipher" | "codeMacs" | "policy">;

export const WRONG: Comparison = { match: undefined, reason: "INVALID_CODE", compared: true };
const NOTHING_PENDING: Comparison = {
  match: undefined,
  reason: "NO_PENDING_CHALLENGE",
  compared: false,
};

/** Compares digits with the user's own factor. */
export function matchCode(deps: MatchDeps, code: FactorCode): Comparison {
  const { userId, factor, digits, at } = code;
  if (factor.method !== "totp") return matchSentCode(deps, { ...code, factor });
  // A TOTP code answers no challenge.
  if (code.challengeId !== undefined) return NOTHING_PENDING;
  const replayCounter = matchTotp({
    secret: deps.cipher.open(factor.sealedSecret, secretContext(userId, factor.id), code.requestId),
    parameters: factor.parameters,
    code: digits,
    at,
    window: deps.policy().totpWindow,
  });
  return replayCounter === undefined
    ? WRONG
    : { match: { kind: "factor", factorId: factor.id, replayCounter } };
}

/** Judges the outcome of the guess: whether the challenge was sent for this factor and destination. */
function matchSentCode(
  deps: Pick<Deps, "cipher" | "codeMacs">,
  code: {
    readonly userId: UserId;
    readonly factor: SentFactor;
    readonly purpose: ChallengePurpose;
    readonly guessed: GuessOutcome;
    readonly requestId: string;
  },
): Comparison {
  const { userId, factor, purpose, guessed, requestId } = code;
  switch (guessed.outcome) {
    case "matched": {
      const { method, id: factorId } = factor;
      const context = destinationContext(userId, factor);
      const destination = deps.cipher.open(factor.sealedDestination, context, requestId);
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
