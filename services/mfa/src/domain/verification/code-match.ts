import type { Method } from "../factor/method.js";
import type { RejectionReason } from "./rejection.js";

/**
 * A code that compared right but is not yet accepted. Accepting it is one conditional write, so that of any number of parallel
 * copies exactly one is accepted.
 */
export type CodeMatch =
  | {
      readonly kind: "factor";
      readonly factorId: string;
      /** The replay counter of this code: it must be above the last one that the factor accepted. For TOTP the time step. */
      readonly replayCounter: bigint;
    }
  | { readonly kind: "backup-code"; readonly generation: number; readonly hash: Buffer };

/** What became of a match. Only `accepted` approves. */
export type AcceptResult =
  | {
      readonly outcome: "accepted";
      /** After a backup code was spent, or a factor was confirmed with new ones. Undefined: the match leaves them as they are. */
      readonly backupCodesRemaining: number | undefined;
    }
  /** Accepted before, or older than the last accepted. */
  | { readonly outcome: "replayed" }
  /** No such backup code. */
  | { readonly outcome: "unknown" }
  /** The factor was disabled or replaced since it was read. */
  | { readonly outcome: "gone" }
  /** The throttle scope is off after too many failures, until an operator unlocks it. */
  | { readonly outcome: "locked" };

/** The match, or the rejection reason. */
export type Comparison = { readonly match: CodeMatch } | Unmatched;

export interface Unmatched {
  readonly match: undefined;
  readonly reason: RejectionReason;
  /** False where no code could have been right: the answer depends on none. */
  readonly compared: boolean;
  /** Replay counter of the spent code that this is. */
  readonly replayCounter?: bigint;
}

/** What callers learn about an accepted code. */
export interface Approval {
  readonly method: Method;
  readonly at: Date;
  readonly backupCodesRemaining: number;
}

/** What a right code is accepted for, by its name in the audit log: the store does it in the same write. */
export type AcceptFor = "verify_code" | "disable_mfa" | "regenerate_backup_codes";
