import type { UserMfa } from "../../domain/factor/factor.js";
import { LOCK_WORTH_TELLING_MS, type Notice } from "../../domain/notice/notice.js";
import { MAX_CONSECUTIVE_FAILURES } from "../../domain/throttle/lockout-policy.js";
import type { LoginScope } from "../../domain/throttle/throttle-scope.js";
import type { Rejection } from "../../domain/verification/rejection.js";

/** What the user is told of a code that was not accepted: that somebody guesses, or that it locked the account for long. */
export function lockoutNotice(
  { consecutiveFailures }: UserMfa,
  lane: LoginScope,
  { reason, retryAfterMs = 0, reachedLimit }: Rejection,
): Notice | undefined {
  // Of a lock that held already the user was told when it began.
  if (reason === "TOO_MANY_ATTEMPTS") return undefined;
  if (reachedLimit !== undefined) return { kind: "guessing" };
  const last = reason === "INVALID_CODE" && consecutiveFailures[lane] + 1 >= MAX_CONSECUTIVE_FAILURES;
  return last || retryAfterMs >= LOCK_WORTH_TELLING_MS ? { kind: "locked" } : undefined;
}
