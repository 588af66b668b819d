import type { Method } from "../factor/method.js";
import type { FailureWindow } from "../throttle/failure-limits.js";

/** A rejected code: an answer, not an error. */
export interface Rejection {
  readonly outcome: "rejected";
  readonly reason: RejectionReason;
  /** The method of the code. Not sent to callers; undefined in an answer that an older version stored. */
  readonly method?: Method | undefined;
  readonly remainingAttempts: number;
  /** Undefined unless no attempts remain; also undefined if waiting does not help soon. */
  readonly retryAfterMs: number | undefined;
  /** The limit that this wrong code was the first to reach. Not sent to callers. */
  readonly reachedLimit?: FailureWindow;
}

export type RejectionReason =
  | "INVALID_CODE"
  | "CODE_EXPIRED"
  | "CODE_REPLAYED"
  | "NO_PENDING_CHALLENGE"
  | "TOO_MANY_ATTEMPTS";
