/** A refusal of a code: an answer, not an error. */
export interface Rejection {
  readonly outcome: "rejected";
  readonly reason: RejectionReason;
  readonly remainingAttempts: number;
  /** Undefined unless no attempts remain; then also undefined where only an operator can unlock. */
  readonly retryAfterMs: number | undefined;
}

export type RejectionReason =
  | "INVALID_CODE"
  | "CODE_EXPIRED"
  | "CODE_REPLAYED"
  | "NO_PENDING_CHALLENGE"
  | "TOO_MANY_ATTEMPTS";
