/**
 * A code that compared right but is not yet accepted. Redeeming it is one conditional write, so that of any number of parallel
 * copies exactly one is accepted.
 */
export type CodeMatch =
  | {
      readonly kind: "factor";
      readonly factorId: string;
      /** The replay mark of this code: it must be above the factor's last accepted one. For TOTP the time step. */
      readonly mark: bigint;
    }
  | { readonly kind: "backup-code"; readonly generation: number; readonly hash: Buffer };

/** What became of a proof. Only `redeemed` approves. */
export type AcceptResult =
  | {
      readonly outcome: "redeemed";
      /** After a backup code was spent, or a factor was confirmed with new ones. Undefined: the proof leaves them as they are. */
      readonly backupCodesRemaining: number | undefined;
    }
  /** Accepted before, or older than the last accepted. */
  | { readonly outcome: "replayed" }
  /** No such backup code. */
  | { readonly outcome: "unknown" }
  /** The factor was disabled or replaced since it was read. */
  | { readonly outcome: "gone" }
  /** The lane is off after too many failures, until an operator unlocks it. */
  | { readonly outcome: "locked" };
