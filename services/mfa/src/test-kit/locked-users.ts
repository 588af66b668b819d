import type { ChallengeStore } from "../domain/challenge/challenge-store.js";
import { LOCKOUT_SCHEDULE_MS } from "../domain/throttle/lockout-policy.js";
import type { ThrottleScope } from "../domain/throttle/throttle-scope.js";
import type { UserId } from "../domain/user-id.js";
import type { AttemptStore, ChargedGuess } from "../domain/verification/attempt-store.js";
import { TEST_USERS } from "./test-users.js";

/** As long as the first lock of any user. It restarts with each call. */
const RETRY_AFTER_MS = LOCKOUT_SCHEDULE_MS[0] ?? 0;

const LOCKED: ChargedGuess = {
  charge: { admitted: false, by: "lock", retryAfterMs: RETRY_AFTER_MS },
  guessed: { outcome: "none" },
};

interface LockingStores {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
}

/** Keeps the test user locked in every scope except enrolment, so that a test can enrol it. Nothing unlocks it. */
export function withLockedUsers({ attempts, challenges }: LockingStores): LockingStores {
  return {
    attempts: {
      ...attempts,
      charge: (userId, scope, limits) =>
        isLocked(userId, scope) ? Promise.resolve(LOCKED.charge) : attempts.charge(userId, scope, limits),
      guess: (userId, scope, input) =>
        isLocked(userId, scope) ? Promise.resolve(LOCKED) : attempts.guess(userId, scope, input),
      chargeOnce: (request, scope, input) =>
        isLocked(request.userId, scope)
          ? Promise.resolve({ state: "charged", ...LOCKED })
          : attempts.chargeOnce(request, scope, input),
      lockRemainingMs: (userId, scope) =>
        isLocked(userId, scope) ? Promise.resolve(RETRY_AFTER_MS) : attempts.lockRemainingMs(userId, scope),
    },
    challenges: {
      ...challenges,
      open: (userId, challenge) =>
        isLocked(userId, challenge.scope)
          ? Promise.resolve({ opened: false, limit: "locked", retryAfterMs: RETRY_AFTER_MS })
          : challenges.open(userId, challenge),
    },
  };
}

function isLocked(userId: UserId, scope: ThrottleScope): boolean {
  return scope !== "enrolment" && userId.startsWith(TEST_USERS.locked);
}
