import type { AnyAuditEvent, AuditEvent } from "../audit/audit-event.js";
import type { BackupCodeSet } from "../factor/backup-code.js";
import type { Factor, UserMfa } from "../factor/factor.js";
import type { FailureRecord, Throttle } from "../throttle/failure-limits.js";
import type { LoginScope } from "../throttle/throttle-scope.js";
import type { UserId } from "../user-id.js";
import type { AcceptResult, CodeMatch } from "../verification/code-match.js";

/** A match to accept, and the audit row that must be written with it. */
export interface AcceptInput {
  readonly userId: UserId;
  readonly match: CodeMatch;
  readonly at: Date;
  readonly event: AuditEvent;
}

/** A code of an active user to accept. */
export interface AcceptCodeInput extends AcceptInput {
  /** A match of the scope `primary` is refused while one of these limits is reached. */
  readonly throttle: Throttle;
}

/**
 * Durable settings of users.
 *
 * Every method must either do all of its work, its audit row included, or none. Every method must throw MfaError STORE_UNAVAILABLE when the store is
 * down, slow, full or read-only; the work may then still have been done. An accepting method must decide in one conditional write: of any number of
 * concurrent calls with one match exactly one gets `accepted`, over all replicas, restarts and retries. While MAX_CONSECUTIVE_FAILURES is reached for
 * the match's scope, or a limit of the throttle for the scope `primary`, it must return `locked`, judged by the failures on record at the moment of
 * the write.
 */
export interface MfaStore {
  /** Must read settings, factor and backup codes in one snapshot. Undefined for an unknown user. */
  readUser(userId: UserId): Promise<UserMfa | undefined>;

  /**
   * Must replace any pending factor and all backup codes of a user without an active factor. For a user with one it must return `already-enabled` and
   * change nothing, also if two calls race with a confirmation.
   */
  beginEnrolment(input: {
    readonly userId: UserId;
    readonly factor: Factor;
    readonly backupCodes: BackupCodeSet | undefined;
    readonly event: AuditEvent;
  }): Promise<"begun" | "already-enabled">;

  /**
   * Must make the pending factor active and set its replay counter, so that the confirming code is spent. Must return `gone` if the factor is no
   * longer pending or was created before `notBefore`.
   */
  confirmEnrolment(input: AcceptInput & { readonly notBefore: Date }): Promise<AcceptResult>;

  /**
   * Must accept a login: move the replay counter or spend the backup code, clear the scope's count of consecutive failures, note the time of use.
   * The failures on record must stay; a backup code must mark those of the scope `primary` as forgiven up to now.
   */
  acceptCode(input: AcceptCodeInput): Promise<AcceptResult>;

  /** Must accept the match and erase factors, addresses and backup codes in one transaction. */
  disable(input: AcceptCodeInput): Promise<AcceptResult>;

  /** Must accept the match, delete all old backup codes and store the new ones in one transaction. */
  replaceBackupCodes(
    input: AcceptCodeInput & { readonly backupCodes: BackupCodeSet | undefined },
  ): Promise<AcceptResult>;

  /**
   * Must write the audit row and, if `failedScope` is given, add one to that scope's count of consecutive failures and the event's time to its
   * failures on record; of those it must keep the newest FAILURES_KEPT within 365 days. Must return that record as it was right after this failure,
   * so that of concurrent failures exactly one reaches a limit first. Undefined without a scope, or for an unknown user.
   */
  recordRejection(event: AuditEvent, failedScope: LoginScope | undefined): Promise<FailureRecord | undefined>;

  /** Must write the audit row. */
  record(event: AnyAuditEvent): Promise<void>;
}
