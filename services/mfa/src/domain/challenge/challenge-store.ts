import type { SentMethod } from "../factor/method.js";
import type { Cooldown } from "../send-quota/send-limit.js";
import type { ThrottleScope } from "../throttle/throttle-scope.js";
import type { UserId } from "../user-id.js";
import type { ChallengePurpose } from "./challenge.js";

export interface NewChallenge {
  readonly id: string;
  readonly purpose: ChallengePurpose;
  readonly method: SentMethod;
  /** The factor that the code was sent for. The binding decides; this only groups challenges by factor. */
  readonly factorId: string;
  /** MAC of the code, see `codeParts`. The code itself is never stored. */
  readonly mac: string;
  /** MAC of what the code is for, see `bindingParts`. */
  readonly binding: string;
  readonly lifetimeMs: number;
  /** Guesses that this challenge allows, however many the throttle scope still admits. */
  readonly maxGuesses: number;
  /** The issue time, in microseconds, must be above this: the replay counter of the code that the factor accepted last. */
  readonly above: bigint;
  /** The least time after the last challenge of the purpose, unless that one was matched or ended. */
  readonly cooldown: Cooldown;
  /** While this scope is locked, no challenge may be opened. */
  readonly scope: ThrottleScope;
}

export type Opening =
  /** `pauseMs`: before another may be opened. */
  | { readonly opened: true; readonly issueTime: Date; readonly pauseMs: number }
  | { readonly opened: false; readonly limit: "cooldown" | "locked"; readonly retryAfterMs: number };

/**
 * Pending challenges, at most MAX_PENDING per user and purpose; `AttemptStore.guess` compares with them.
 *
 * `open` must decide, and end the oldest challenges of the purpose that are beyond MAX_PENDING, in one atomic step, and must change nothing when it
 * answers `opened: false`. Issue times come from the store's own clock, and grow from challenge to challenge of a purpose. A new challenge must not
 * reset the attempts of any scope. Records must be deleted some time after they expire. The cooldown must count the challenges opened since the last
 * that was matched, without those that were ended, and forget them COOLDOWN_MEMORY_MS after the last one. Every method must throw MfaError
 * STORE_UNAVAILABLE on any fault.
 */
export interface ChallengeStore {
  open(userId: UserId, challenge: NewChallenge): Promise<Opening>;
  /** Must end this challenge and no other. If it was the newest of its purpose, another may be opened immediately. */
  end(userId: UserId, challenge: Pick<NewChallenge, "id" | "purpose">): Promise<void>;
  /** Must end every challenge of the user. */
  cancel(userId: UserId): Promise<void>;
}
