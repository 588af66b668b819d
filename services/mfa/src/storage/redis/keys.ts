import { hash } from "node:crypto";
import type { AttemptLane } from "../../domain/ports/attempt-store.js";
import type { UserId } from "../../domain/user-id.js";

export const LANES: readonly AttemptLane[] = ["primary", "backup", "enrolment"];

/** What Redis keeps of one user, by its keys. */
export interface UserKeys {
  lane(lane: AttemptLane): string;
  /** The lane's place on the ladder of locks, which outlives its count. */
  ladder(lane: AttemptLane): string;
  /** Every challenge of the user, whatever its purpose. */
  readonly challenges: string;
  readonly loginBucket: string;
  /** What is remembered of a request that may be sent again. */
  request(key: string): string;
}

/**
 * All keys of a user carry one hash tag, so that a script may touch several of them on a cluster. The tag is a hash of the id: an id may
 * hold braces, and no key shows who the user is.
 */
export function keysOfUser(prefix: string, userId: UserId): UserKeys {
  const tag = hash("sha256", userId, "base64url").slice(0, 22);
  const start = `${prefix}{${tag}}:`;
  return {
    lane: (lane) => `${start}attempts:${lane}`,
    ladder: (lane) => `${start}ladder:${lane}`,
    challenges: `${start}challenges`,
    loginBucket: `${start}rate:logins`,
    request: (key) => `${start}request:${key}`,
  };
}
