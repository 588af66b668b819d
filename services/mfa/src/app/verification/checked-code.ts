import type { Actor } from "../../domain/audit/audit-event.js";
import type { ChallengePurpose } from "../../domain/challenge/challenge.js";
import type { Factor, UserMfa } from "../../domain/factor/factor.js";
import type { Method } from "../../domain/factor/method.js";
import type { RepeatedClaim } from "../../domain/idempotency/request-log.js";
import type { UserId } from "../../domain/user-id.js";
import type { GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { Approval } from "../../domain/verification/code-match.js";
import type { OneTimeCode } from "../../domain/verification/one-time-code.js";
import type { Rejection } from "../../domain/verification/rejection.js";

/** A code that an active user gives, for whatever it shall permit. */
export interface CodeInput {
  readonly userId: UserId;
  readonly code: OneTimeCode;
  /** Undefined: by the shape of the code. */
  readonly method?: Method | undefined;
  /** Undefined: whichever challenge is pending. Not for backup codes. */
  readonly challengeId?: string | undefined;
  readonly actor: Actor;
}

/** A code that was accepted. */
export interface Accepted extends Approval {
  readonly outcome: "accepted";
  readonly factorId: string;
  /** To be shown once. Undefined unless the code was accepted for them. */
  readonly newBackupCodes?: readonly string[] | undefined;
}

export type Checked = Accepted | Rejection;

/** A request that is not the caller's to work on, and the user at this moment. */
export type Repeated = RepeatedClaim & { readonly user: UserMfa | undefined };

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

/** Digits to be compared with a factor. */
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
