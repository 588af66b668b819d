import type { AuditEvent } from "../audit/audit-event.js";
import type { BackupCodeSet } from "../factor/backup-code.js";
import type { Factor } from "../factor/factor.js";
import type { UserId } from "../user-id.js";

/** A user of another system, ready to be stored. */
export interface UserImport {
  readonly userId: UserId;
  readonly factor: Factor;
  readonly backupCodes: BackupCodeSet | undefined;
  readonly consecutiveFailures: number;
  readonly event: AuditEvent;
}

export interface ImportStore {
  /**
   * Must store these users, each with factor, backup codes and audit row, all in one transaction; each user at most once. Pending factors and all
   * backup codes of a user without active factor must be deleted, and the larger count of failures must stay. A user with an active factor must stay
   * unchanged, also if the call races with a confirmation or another import. Returns who was stored. Must throw MfaError STORE_UNAVAILABLE when the
   * store is down, slow, full or read-only; the work may then still have been done.
   */
  importUsers(users: readonly UserImport[]): Promise<ReadonlySet<UserId>>;
}
