import type { Actor } from "../../domain/audit/audit-event.js";
import type { ChallengePurpose } from "../../domain/challenge/challenge.js";
import type { Factor, UserMfa } from "../../domain/factor/factor.js";
import type { Method } from "../../domain/factor/method.js";
import type { UserId } from "../../domain/user-id.js";
import type { GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { Approval } from "../../domain/verification/code-match.js";
import type { OneTimeCode } from "../../domain/verification/one-time-code.js";
import type { Rejection } from "../../domain/verification/rejection.js";
import type { RepeatedClaim } from "../../domain/verification/request-log.js";

/** A code that an active user gives, for a login or for a change. */
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
  /** Shown once. Undefined unless the code was accepted for new backup codes. */
  readonly newBackupCodes?: readonly string[] | undefined;
}

export type Checked = Accepted | Rejection;

/** A request that this call must not process, and the user as read now. */
export type Repeated = RepeatedClaim & { readonly user: UserMfa | undefined };

/** An attempt to be charged, and what it may match. */
export interface GuessInput {
  readonly userId: UserId;
  readonly purpose: ChallengePurpose;
  /** Undefined for a backup code, which answers no challenge. */
  readonly digits: string | undefined;
  /** Undefined: the user's own method, whatever it is. */
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
  /** The result of the comparison that was made with the charge. */
  readonly guessed: GuessOutcome;
  readonly at: Date;
  /** Of the call, for an alarm. */
  readonly requestId: string;
}
