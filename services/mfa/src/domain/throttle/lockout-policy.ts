import type { RateLimit } from "./rate-limit.js";

/** How guesses are throttled (NIST SP 800-63B section 3.2.2). */
export interface AttemptLimits {
  /** Codes compared before a lock. Each lock that expires allows this many again. */
  readonly maxAttempts: number;
  /** Length of the first, second, … lock in milliseconds; the last one repeats. */
  readonly lockoutScheduleMs: readonly number[];
  /** How often one user's codes may be checked, right or wrong. Undefined: without limit between locks. */
  readonly rate?: RateLimit | undefined;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const LOCKOUT_SCHEDULE_MS: readonly number[] = [
  30 * SECOND,
  1 * MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  60 * MINUTE,
];

/**
 * How long after the last attempt the count is forgotten, and after the last lock the lockout level is reset. A success clears the count only: an
 * attacker who knows the password must not get short locks whenever the user logs in. The durable count below outlives both.
 */
export const ATTEMPT_MEMORY_MS = 24 * 60 * MINUTE;

/** "No more than 100 consecutive failed attempts": then the factor is off until an operator unlocks it. */
export const MAX_CONSECUTIVE_FAILURES = 100;

/** Whether, after this many consecutive wrong codes, one more is the last that is compared. */
export function isLastFailure(consecutiveFailures: number): boolean {
  return consecutiveFailures + 1 >= MAX_CONSECUTIVE_FAILURES;
}
