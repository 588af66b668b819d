import type { AuditEvent } from "../audit/audit-event.js";
import type { AuditCursor, AuditEntry, AuditFilter } from "../audit/audit-query.js";
import type { UserStateCount } from "../enrolment/user-state.js";
import type { UserId } from "../user-id.js";

/**
 * What administrators do to durable settings, and what they read.
 *
 * Every method that changes something must do all of its work, including the audit row, or none, and must behave the same for an unknown user. Every
 * method must throw MfaError STORE_UNAVAILABLE when the store is down, slow, full or read-only.
 */
export interface AdminStore {
  /** Must erase factor and backup codes and clear the counts of failures. A code that is being accepted meanwhile must come before or fail. */
  resetUser(event: AuditEvent): Promise<void>;

  /** Must clear the counts of failures and nothing else. */
  unlockUser(event: AuditEvent): Promise<void>;

  /** Must erase everything that holds the user's id, and leave the audit log unchanged. */
  eraseUser(event: AuditEvent): Promise<void>;

  /**
   * Must answer whether the user ever began an enrolment, as far as the audit log reaches back: also of who was reset or erased since. What was
   * asked or refused about a user shows nothing.
   */
  isKnown(userId: UserId): Promise<boolean>;

  /** Must return at most `limit` entries older than the cursor, newest first, in a stable order. */
  listAuditEvents(query: {
    readonly filter: AuditFilter;
    readonly after: AuditCursor | undefined;
    readonly limit: number;
  }): Promise<readonly AuditEntry[]>;

  countUsersByState(): Promise<readonly UserStateCount[]>;
}
