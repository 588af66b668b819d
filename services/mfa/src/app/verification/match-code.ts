import { bindingParts, type ChallengePurpose } from "../../domain/challenge/challenge.js";
import type { Factor, SentFactor, TotpFactor } from "../../domain/factor/factor.js";
import { matchTotp } from "../../domain/factor/match-totp.js";
import type { UserId } from "../../domain/user-id.js";
import type { GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { CodeMatch } from "../../domain/verification/code-match.js";
import type { RejectionReason } from "../../domain/verification/rejection.js";
import type { Deps } from "../dependencies/deps.js";
import { openDestination } from "../destination/open-destination.js";
import { openSecret } from "../factor/open-secret.js";

/** The proof that a code is, or why it is none. */
export type Comparison = { readonly proof: CodeMatch } | Unproven;

export interface Unproven {
  readonly proof: undefined;
  readonly reason: RejectionReason;
  /** False where no code could have been right: the answer depends on none. */
  readonly compared: boolean;
  /** Replay mark of the spent code that this is. */
  readonly mark?: bigint;
}

const WRONG: Comparison = { proof: undefined, reason: "INVALID_CODE", compared: true };
const NOTHING_PENDING: Comparison = { proof: undefined, reason: "NO_PENDING_CHALLENGE", compared: false };

export interface FactorCode {
  readonly userId: UserId;
  readonly factor: Factor;
  readonly purpose: ChallengePurpose;
  readonly digits: string;
  readonly challengeId?: string | undefined;
  /** What the digits met when they were charged. */
  readonly guessed: GuessOutcome;
  readonly at: Date;
}

/** Compares digits with the user's own factor. */
export function matchCode(deps: Deps, code: FactorCode): Comparison {
  const { factor } = code;
  if (factor.method !== "totp") return compareSent(deps, code, factor);
  // An authenticator's code answers no challenge.
  if (code.challengeId !== undefined) return NOTHING_PENDING;
  return compareTotp(deps, code, factor);
}

function compareTotp(deps: Deps, { userId, digits, at }: FactorCode, factor: TotpFactor): Comparison {
  const mark = matchTotp({
    secret: openSecret(deps, userId, factor),
    parameters: factor.parameters,
    code: digits,
    at,
    window: deps.policy().totpWindow,
  });
  return mark === undefined ? WRONG : { proof: { kind: "factor", factorId: factor.id, mark } };
}

function compareSent(deps: Deps, code: FactorCode, factor: SentFactor): Comparison {
  const { userId, purpose, guessed } = code;
  switch (guessed.outcome) {
    case "matched": {
      const { method, id: factorId } = factor;
      const destination = openDestination(deps, userId, factor);
      const parts = bindingParts({ userId, method, purpose, factorId, destination });
      // The code of a factor that is no more proves nothing about this one.
      if (!deps.codeMacs.verify(parts, guessed.binding)) {
        return { proof: undefined, reason: "NO_PENDING_CHALLENGE", compared: true };
      }
      return { proof: { kind: "factor", factorId, mark: guessed.mark } };
    }
    case "wrong":
      return WRONG;
    case "expired":
      // Right and wrong codes get this answer alike.
      return { proof: undefined, reason: "CODE_EXPIRED", compared: false };
    case "replayed":
      return { proof: undefined, reason: "CODE_REPLAYED", compared: true, mark: guessed.mark };
    case "none":
      return NOTHING_PENDING;
  }
}
