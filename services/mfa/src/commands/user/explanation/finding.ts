/** Something that keeps a user from logging in, or is not as it should be. */
export interface Finding {
  /** For programs. */
  readonly kind:
    | "unknown"
    | "not_enrolled"
    | "pending"
    | "unlock_required"
    | "locked"
    | "backup_codes_locked"
    | "codes_rejected"
    | "call_refused"
    | "delivery_failed"
    | "sends_limited"
    | "codes_not_entered";
  /** For people: a clause without a full stop. */
  readonly text: string;
}
