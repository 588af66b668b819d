import type { ChallengePurpose } from "../challenge/challenge.js";
import type { SentMethod } from "../factor/method.js";
import type { AttemptLimits } from "../throttle/lockout-policy.js";
import type { ThrottleScope } from "../throttle/throttle-scope.js";
import type { UserId } from "../user-id.js";
import type { ClaimedRequest, RepeatedClaim } from "./request-log.js";

/** Answer to one attempt. */
export type Charge =
  | {
      readonly admitted: true;
      /** Identifies this charge for `refund`. Empty: nothing was charged. */
      readonly id: string;
      /** Attempts left after this one. */
      readonly remaining: number;
      /** If this was the last attempt: the length of the lock that it caused. */
      readonly lockMs: number | undefined;
    }
  | {
      readonly admitted: false;
      /** Which limit was met. */
      readonly by: "lock" | "rate";
      readonly retryAfterMs: number;
    };

/** A code that may match a pending challenge. */
export interface Guess {
  readonly purpose: ChallengePurpose;
  /** Only challenges of these methods take part. */
  readonly methods: readonly SentMethod[];
  /** The MACs of this code, by method and key. */
  readonly macs: readonly string[];
  /** Only this challenge is meant. Undefined: the newest one of each factor. */
  readonly challengeId: string | undefined;
  /** Whether the code can only answer a challenge. False: it may be a TOTP code, which is checked later. */
  readonly sentOnly: boolean;
}

/** The result of a guess. `none`: no challenge, or not the one meant, or its guesses are used up. */
export type GuessOutcome =
  | {
      readonly outcome: "matched";
      /** The MAC that matched. */
      readonly mac: string;
      /** As given to `open`: binds the challenge to a factor and a destination. */
      readonly binding: string;
      /** The challenge's issue time in microseconds, the replay counter of its code. */
      readonly replayCounter: bigint;
    }
  | { readonly outcome: "replayed"; readonly replayCounter: bigint }
  | { readonly outcome: "wrong" | "expired" | "none" };

/** A charge whose answer did not depend on the code. */
export interface Refund {
  /** As `Charge` gave it. */
  readonly chargeId: string;
  readonly limits: AttemptLimits;
  /** Whether the token of the user's login rate is refunded too: set if no code was compared. */
  readonly token: boolean;
  /** The request that it was made for, which is then charged again if it is retried. */
  readonly request?: ClaimedRequest | undefined;
}

/** An attempt that was charged, and the result of the comparison in the same step. */
export interface ChargedGuess {
  readonly charge: Charge;
  readonly guessed: GuessOutcome;
}

export type ChargedOnce = ({ readonly state: "charged" } & ChargedGuess) | RepeatedClaim;

/**
 * Counts guesses, and compares them with pending challenges.
 *
 * `charge` must count the attempt before it answers, in one atomic step: of any number of concurrent calls no more than
 * `maxAttempts` are admitted before a lock. While locked, or with the user's bucket of `limits.rate` empty, nothing changes. The bucket is
 * one for all throttle scopes that are charged with a rate, and `resetAttempts` does not fill it. Counts must be keyed by user and scope alone, never by
 * address, session or anything that a caller can vary (CVE-2025-6004). Every method must throw MfaError STORE_UNAVAILABLE on any fault.
 *
 * `guess` must, in the same atomic step and only when the charge is admitted, compare with the challenge that is meant, else with the newest of
 * each factor, and end the one that a MAC matches, with the older ones of its factor, whose replay counters could not be accepted any more: of any number
 * of concurrent calls with the right code at most one gets `matched`, and later ones get `replayed`. A wrong code must take one guess of each
 * challenge that it was compared with. Expiry must be judged by the store's clock against the time kept in the challenge, so that a record that
 * outlives its time to live is expired all the same. A challenge that is not meant must be left as it is. Where `sentOnly` says that there is
 * nothing else to guess and the answer is `none` or `expired`, it must charge nothing.
 *
 * `chargeOnce` must claim the request as `RequestLog.claim` does and, in the same atomic step, charge the attempt and remember what the charge gave,
 * unless an earlier try of the request was charged: then it must return that result, and charge nothing. So a request is charged once, however often
 * it is repeated and whichever process crashes in between, and a failover keeps both or loses both.
 *
 * `refund` must take exactly this charge out of the count of the round that it was made in, once however often it is called, and lift the lock that
 * ended the round, with its lockout level. It must do nothing once that lock has expired, the scope was reset or its record was lost: a charge that
 * was made since must never be refunded in its place. So the charges that stand for guesses never exceed `maxAttempts` a round.
 */
export interface AttemptStore {
  charge(userId: UserId, scope: ThrottleScope, limits: AttemptLimits): Promise<Charge>;
  guess(
    userId: UserId,
    scope: ThrottleScope,
    input: { readonly limits: AttemptLimits; readonly guess: Guess },
  ): Promise<ChargedGuess>;
  /** Undefined `guess`: the attempt meets no challenge. */
  chargeOnce(
    request: ClaimedRequest,
    scope: ThrottleScope,
    input: { readonly limits: AttemptLimits; readonly guess: Guess | undefined },
  ): Promise<ChargedOnce>;
  /** Returns the attempts that are then left; undefined if there was nothing to refund. */
  refund(userId: UserId, scope: ThrottleScope, refund: Refund): Promise<number | undefined>;
  /** Must clear the scope's count and lock, and keep its lockout level. */
  resetAttempts(userId: UserId, scope: ThrottleScope): Promise<void>;
  /** Must clear count, lock and lockout level of every scope. */
  clear(userId: UserId): Promise<void>;
  /** Must return how long the scope is still locked, undefined if it is not. */
  lockRemainingMs(userId: UserId, scope: ThrottleScope): Promise<number | undefined>;
}
