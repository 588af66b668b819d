/** Something that prevents a login, or is unusual. */
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
