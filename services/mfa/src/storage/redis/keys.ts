import { createHash } from "node:crypto";
import type { ChallengePurpose } from "../../domain/challenge.js";
import type { AttemptLane } from "../../domain/ports/attempt-store.js";
import type { UserId } from "../../domain/user-id.js";

/**
 * All keys of a user carry one hash tag, so that a script may touch several of them on a cluster. The tag is a hash of the id: an id may
 * hold braces, and no key shows who the user is.
 */
function userTag(userId: UserId): string {
  return createHash("sha256").update(userId).digest("base64url").slice(0, 22);
}

function userKey(prefix: string, userId: UserId, name: string): string {
  return `${prefix}{${userTag(userId)}}:${name}`;
}

export function laneKey(prefix: string, userId: UserId, lane: AttemptLane): string {
  return userKey(prefix, userId, `attempts:${lane}`);
}

export function challengeKey(prefix: string, userId: UserId, purpose: ChallengePurpose): string {
  return userKey(prefix, userId, `challenge:${purpose}`);
}

export function loginBucketKey(prefix: string, userId: UserId): string {
  return userKey(prefix, userId, "rate:logins");
}
