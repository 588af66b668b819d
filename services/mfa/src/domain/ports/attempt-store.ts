import type { AttemptLimits } from "../attempt-policy.js";
import type { UserId } from "../user-id.js";

/** What is counted together. Enrolment has a count of its own, so that neither side refills the other's. */
export type AttemptLane = "primary" | "backup" | "enrolment";

/** Answer to one attempt. */
export type Charge =
  | {
      readonly admitted: true;
      /** Attempts left after this one. */
      readonly remaining: number;
      /** When this was the last one: the length of the lock that now holds. */
      readonly lockMs: number | undefined;
    }
  | { readonly admitted: false; readonly retryAfterMs: number };

/**
 * Counts guesses.
 *
 * `charge` must count the attempt before it answers, in one atomic step: of any number of concurrent calls no more than
 * `maxAttempts` are admitted before a lock. While locked nothing changes. Counts must be keyed by user and lane alone, never by
 * address, session or anything that a caller can vary (CVE-2025-6004). Every method must throw MfaError STORE_UNAVAILABLE on any fault.
 */
export interface AttemptStore {
  charge(userId: UserId, lane: AttemptLane, limits: AttemptLimits): Promise<Charge>;
  /** Must clear the lane's count and lock. */
  forgive(userId: UserId, lane: AttemptLane): Promise<void>;
  /** Must tell how long the lane is still locked, undefined when it is not. */
  lockRemainingMs(userId: UserId, lane: AttemptLane): Promise<number | undefined>;
}
