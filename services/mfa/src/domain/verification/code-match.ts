import type { Method } from "../factor/method.js";
import type { RejectionReason } from "./rejection.js";

/**
 * A code that matched but is not yet accepted. Accepting it is one conditional write, so that of any number of parallel copies exactly one is
 * accepted.
 */
export type CodeMatch =
  | {
      readonly kind: "factor";
      readonly factorId: string;
      /** The replay counter of this code: it must exceed the last one that the factor accepted. For TOTP the time step. */
      readonly replayCounter: bigint;
    }
  | { readonly kind: "backup-code"; readonly generation: number; readonly hash: Buffer };

/** The result of accepting a match. Only `accepted` approves. */
export type AcceptResult =
  | {
      readonly outcome: "accepted";
      /** Set after a backup code was spent, or a factor was confirmed with new ones. Undefined: the match does not change them. */
      readonly backupCodesRemaining: number | undefined;
    }
  /** Accepted before, or older than the last accepted. */
  | { readonly outcome: "replayed" }
  /** No such backup code. */
  | { readonly outcome: "unknown" }
  /** The factor was disabled or replaced since it was read. */
  | { readonly outcome: "gone" }
  /** The throttle scope is locked after too many failures, until an operator unlocks it. */
  | { readonly outcome: "locked" };

/** The match, or the rejection reason. */
export type Comparison = { readonly match: CodeMatch } | Unmatched;

export interface Unmatched {
  readonly match: undefined;
  readonly reason: RejectionReason;
  /** False if no code could have been right: the answer does not depend on the code. */
  readonly compared: boolean;
  /** The replay counter of this spent code. */
  readonly replayCounter?: bigint;
}

/** What callers learn about an accepted code. */
export interface Approval {
  readonly method: Method;
  readonly at: Date;
  readonly backupCodesRemaining: number;
}

/** What a right code is accepted for, by its audit action: the store makes the change in the same write. */
export type AcceptFor = "verify_code" | "disable_mfa" | "regenerate_backup_codes";
