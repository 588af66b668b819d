import type { UserMfa } from "../factor/factor.js";
import type { SendRate } from "../send-quota/send-limit.js";
import { isLastFailure } from "../throttle/lockout-policy.js";
import type { LoginScope } from "../throttle/throttle-scope.js";
import type { AcceptFor, Approval } from "../verification/code-match.js";
import type { Rejection } from "../verification/rejection.js";

/** A security notice (NIST SP 800-63B section 4.2.3): an account takeover must not go unnoticed. */
export const NOTICE_KINDS = [
  "enabled",
  "disabled",
  "backup_code_used",
  "backup_codes_replaced",
  "locked",
  "guessing",
  "reset",
] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

export type Notice =
  | { readonly kind: Exclude<NoticeKind, "backup_code_used"> }
  | { readonly kind: "backup_code_used"; readonly remaining: number };

/** This number of backup codes left, or fewer, asks the user to make new ones. */
export const FEW_BACKUP_CODES = 3;

/** A lock of this length comes after a dozen wrong codes in a row. Shorter ones mostly follow the user's own typing errors. */
const LOCK_WORTH_TELLING_MS = 5 * 60_000;

export interface NoticeRules {
  readonly kinds: ReadonlySet<NoticeKind>;
  /** Language tag: the language of a user is not stored. */
  readonly locale: string;
  /** Of one kind to one destination: a flood of failures must not flood a mailbox, nor use up the quota of another kind. */
  readonly destination: SendRate;
  /** Of one method. */
  readonly overall: SendRate;
}

/** The result of a notice. */
export type NoticeResult =
  | "sent"
  /** The user has no factor that receives messages. */
  | "no_destination"
  /** The policy does not allow messages to the destination, or the channel has no provider. */
  | "not_allowed"
  | "limited"
  | "failed";

/** The notice for an accepted code. */
export function acceptanceNotice(
  acceptFor: AcceptFor,
  { method, backupCodesRemaining: remaining }: Approval,
): Notice | undefined {
  switch (acceptFor) {
    case "verify_code":
      return method === "backup_code" ? { kind: "backup_code_used", remaining } : undefined;
    case "disable_mfa":
      return { kind: "disabled" };
    case "regenerate_backup_codes":
      return { kind: "backup_codes_replaced" };
  }
}

/** The notice for a rejected code: repeated guessing, or a long lockout. */
export function lockoutNotice(
  { consecutiveFailures }: UserMfa,
  scope: LoginScope,
  { reason, retryAfterMs = 0, reachedLimit }: Rejection,
): Notice | undefined {
  // The user was notified of an existing lock when it began.
  if (reason === "TOO_MANY_ATTEMPTS") return undefined;
  if (reachedLimit !== undefined) return { kind: "guessing" };
  const last = reason === "INVALID_CODE" && isLastFailure(consecutiveFailures[scope]);
  return last || retryAfterMs >= LOCK_WORTH_TELLING_MS ? { kind: "locked" } : undefined;
}
