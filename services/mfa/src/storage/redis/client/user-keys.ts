import { hash } from "node:crypto";
import type { ThrottleScope } from "../../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../../domain/user-id.js";

export const THROTTLE_SCOPES: readonly ThrottleScope[] = ["primary", "backup", "enrolment"];

/**
 * The Redis keys of one user. All have one hash tag, so that a script may use several of them on a cluster. The tag is a hash of the id: an id may
 * contain braces, and no key reveals the user. A class, because every login creates one, and closures would be created each time.
 */
export class UserKeys {
  constructor(private readonly start: string) {}

  scope(scope: ThrottleScope): string {
    return `${this.start}attempts:${scope}`;
  }

  /** The scope's lockout level, which outlives its count. */
  lockoutLevel(scope: ThrottleScope): string {
    return `${this.start}ladder:${scope}`;
  }

  /** Every challenge of the user, whatever its purpose. */
  get challenges(): string {
    return `${this.start}challenges`;
  }

  get loginBucket(): string {
    return `${this.start}rate:logins`;
  }

  /** The record of a request that may be sent again. */
  request(key: string): string {
    return `${this.start}request:${key}`;
  }
}

export function keysOfUser(prefix: string, userId: UserId): UserKeys {
  const tag = hash("sha256", userId, "base64url").slice(0, 22);
  return new UserKeys(`${prefix}{${tag}}:`);
}
