import type { SentMethod } from "../factor/method.js";
import type { UserId } from "../user-id.js";

/** A code sent to enrol never logs in, a code sent to log in never enrols. */
export type ChallengePurpose = "enrol" | "verify";

/** A code that was sent and is pending, as callers see it. */
export interface Challenge {
  readonly id: string;
  readonly method: SentMethod;
  readonly maskedDestination: string;
  readonly expireTime: Date;
  /** The earliest time for another code of the same purpose. */
  readonly resendTime: Date;
}

/** How long a store remembers an expired challenge, to distinguish its code from one that was never right. */
export const MEMORY_AFTER_EXPIRY_MS = 5 * 60_000;

/**
 * How many challenges of a purpose may be pending; one more ends the oldest. Concurrent logins of a user, or a send by an attacker, do not end each
 * other's codes, because each is found by its id. More codes do not mean more guesses: every guess is charged to one throttle scope. Only the newest
 * pending factor can be confirmed, so enrolment has one.
 */
export const MAX_PENDING: Readonly<Record<ChallengePurpose, number>> = { enrol: 1, verify: 3 };

/** 128 bits: an id cannot be guessed, and no two are equal. */
const ID_BYTES = 16;

export function newChallengeId(randomBytes: (size: number) => Buffer): string {
  return randomBytes(ID_BYTES).toString("base64url");
}

/** An id of the same form, derived from a MAC in base64url. */
export function challengeIdOf(mac: string): string {
  return Buffer.from(mac, "base64url").toString("base64url", 0, ID_BYTES);
}

/** Binds a challenge to the factor and the destination that its code was sent to. */
export function bindingParts(input: {
  readonly userId: UserId;
  readonly method: SentMethod;
  readonly purpose: ChallengePurpose;
  readonly factorId: string;
  readonly destination: string;
}): readonly string[] {
  return ["challenge-binding", input.userId, input.method, input.purpose, input.factorId, input.destination];
}
