import type { SendRate } from "../send-quota/send-limit.js";

/** What a user is told unasked (NIST SP 800-63B section 4.2.3): somebody who holds the account must not go unnoticed. */
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

/** So few backup codes are left that the user should make new ones. */
export const FEW_BACKUP_CODES = 3;

/** A lock so long comes after a dozen wrong codes in a row. Shorter ones are mostly the user's own typing. */
export const LOCK_WORTH_TELLING_MS = 5 * 60_000;

export interface NoticeRules {
  readonly kinds: ReadonlySet<NoticeKind>;
  /** Language tag: nobody keeps which language a user speaks. */
  readonly locale: string;
  /** Of one kind to one destination: a flood of failures must not flood a mailbox, nor use up what another kind may need. */
  readonly destination: SendRate;
  /** Of one method. */
  readonly overall: SendRate;
}

/** What became of a notice. */
export type NoticeResult =
  | "sent"
  /** The user has no factor that messages go to. */
  | "no_destination"
  /** The policy does not let messages go there, or nobody sends them. */
  | "not_allowed"
  | "limited"
  | "failed";
