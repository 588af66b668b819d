import { sql } from "drizzle-orm";
import type { AuditEvent } from "../../../domain/audit/audit-event.js";
import type { UserId } from "../../../domain/user-id.js";
import { type AuditRowMaker, insertAuditRow } from "../audit/audit-table.js";
import { type Database, type Orm, queryRows } from "../database/database.js";
import { storeBackupCodes } from "./enrolment.js";

interface DropOptions {
  readonly database: Database;
  /** The pepper that is being removed. */
  readonly keyId: string;
  readonly eventFor: (userId: UserId) => AuditEvent;
  readonly auditRow: AuditRowMaker;
}

const BATCH_SIZE = 200;

/**
 * Deletes every set of backup codes under a pepper, so that users see that they have none instead of having their codes rejected. Each deletion has
 * its audit row. A set that was replaced meanwhile stays. Returns how many were deleted.
 */
export async function dropBackupCodes(options: DropOptions): Promise<number> {
  for (let dropped = 0; ; ) {
    const users = await options.database.run((orm) => readOwners(orm, options.keyId));
    if (users.length === 0) return dropped;
    for (const userId of users) if (await dropOne(options, userId)) dropped += 1;
  }
}

async function readOwners(orm: Orm, keyId: string): Promise<readonly UserId[]> {
  const rows = await queryRows<{ user_id: UserId }>(
    orm,
    sql`select user_id from mfa_settings where ${underPepper(keyId)} limit ${BATCH_SIZE}`,
  );
  return rows.map((row) => row.user_id);
}

function dropOne({ database, keyId, eventFor, auditRow }: DropOptions, userId: UserId): Promise<boolean> {
  return database.run((orm) =>
    orm.transaction(async (tx) => {
      const [held] = await queryRows(
        tx,
        sql`select user_id from mfa_settings where user_id = ${userId} and ${underPepper(keyId)} for update`,
      );
      if (held === undefined) return false;
      const event = eventFor(userId);
      await storeBackupCodes(tx, { userId, at: event.at }, undefined);
      await tx.execute(insertAuditRow(auditRow(event)));
      return true;
    }),
  );
}

/** The third part of a scheme is the pepper's key id. */
function underPepper(keyId: string) {
  return sql`split_part(backup_scheme, ':', 3) = ${keyId}`;
}
