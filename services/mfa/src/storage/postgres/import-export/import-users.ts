import { inArray, sql } from "drizzle-orm";
import type { ImportStore, UserImport } from "../../../domain/import-export/import-store.js";
import type { UserId } from "../../../domain/user-id.js";
import { AUDIT_COLUMNS, type AuditRow, type AuditRowMaker, auditJson } from "../audit/audit-table.js";
import { type Database, type Orm, queryRows } from "../database/database.js";
import { methodColumns } from "../enrolment/enrolment.js";
import { mfaAuditSubjects, mfaBackupCodes, mfaFactors } from "../schema/schema.js";

/** Imports users of another system, over either driver. */
export function createImportStore(database: Database, auditRow: AuditRowMaker): ImportStore {
  return {
    importUsers: (users) => database.run((orm) => orm.transaction((tx) => storeUsers(tx, users, auditRow))),
  };
}

async function storeUsers(
  tx: Orm,
  users: readonly UserImport[],
  auditRow: AuditRowMaker,
): Promise<ReadonlySet<UserId>> {
  const generations = await claimSettings(tx, users);
  const claimed = users.filter(({ userId }) => generations.has(userId));
  if (claimed.length === 0) return new Set();
  const ids = claimed.map(({ userId }) => userId);
  await tx.delete(mfaFactors).where(inArray(mfaFactors.userId, ids));
  await tx.delete(mfaBackupCodes).where(inArray(mfaBackupCodes.userId, ids));
  await tx.insert(mfaFactors).values(claimed.map(factorRow));
  const codes = claimed.flatMap((user) => codeRows(user, generations.get(user.userId) ?? 0));
  if (codes.length > 0) await tx.insert(mfaBackupCodes).values(codes);
  await recordImports(
    tx,
    claimed.map(({ userId, event }) => ({ userId, row: auditRow(event) })),
  );
  return new Set(ids);
}

/**
 * Settings rows are taken in the order of user ids, as claims lock them, so that it cannot deadlock with them or with a second import. A user with an
 * active factor is locked and left unchanged. Returns the generation of the other users' backup codes.
 */
async function claimSettings(tx: Orm, users: readonly UserImport[]): Promise<ReadonlyMap<string, number>> {
  const entries = JSON.stringify(users.map(settingsEntry));
  const rows = await queryRows<{ user_id: string; backup_generation: number }>(
    tx,
    sql`
    insert into mfa_settings as s (user_id, preferred_method, is_enabled, is_verified, verified_at, backup_generation,
      backup_salt, backup_scheme, consecutive_failures, created_at, updated_at)
    select i.user_id, i.method, i.active, i.active, case when i.active then i.at end, 1,
      i.backup_salt, i.backup_scheme, i.failures, i.at, i.at
    from jsonb_to_recordset(${entries}::text::jsonb) as i(
      user_id text, method text, active boolean, backup_salt bytea, backup_scheme text, failures integer, at timestamptz)
    order by i.user_id
    on conflict (user_id) do update set preferred_method = excluded.preferred_method, is_enabled = excluded.is_enabled,
      is_verified = excluded.is_verified, verified_at = excluded.verified_at, last_used_at = null,
      backup_generation = s.backup_generation + 1, backup_salt = excluded.backup_salt,
      backup_scheme = excluded.backup_scheme, backup_consecutive_failures = 0,
      consecutive_failures = greatest(s.consecutive_failures, excluded.consecutive_failures),
      created_at = excluded.created_at, updated_at = excluded.updated_at
    where not s.is_enabled
    returning s.user_id, s.backup_generation`,
  );
  return new Map(rows.map((row) => [row.user_id, row.backup_generation]));
}

function settingsEntry({ userId, factor, backupCodes, consecutiveFailures, event }: UserImport): object {
  return {
    user_id: userId,
    method: factor.method,
    active: factor.state === "active",
    backup_salt: backupCodes === undefined ? null : `\\x${backupCodes.salt.toString("hex")}`,
    backup_scheme: backupCodes?.scheme ?? null,
    failures: consecutiveFailures,
    at: event.at.toISOString(),
  };
}

function factorRow({ userId, factor }: UserImport): typeof mfaFactors.$inferInsert {
  const { id, method, state, replayCounter, createTime: createdAt } = factor;
  return { id, userId, method, state, replayCounter, createdAt, ...methodColumns(factor) };
}

function codeRows(
  { userId, backupCodes, event }: UserImport,
  generation: number,
): (typeof mfaBackupCodes.$inferInsert)[] {
  const hashes = backupCodes?.hashes ?? [];
  return hashes.map((codeHash) => ({ userId, generation, codeHash, createdAt: event.at }));
}

/** In the order of pseudonyms, as a re-encryption notes them. */
async function recordImports(
  tx: Orm,
  imports: readonly { readonly userId: UserId; readonly row: AuditRow }[],
): Promise<void> {
  const subjects = imports.flatMap(({ userId, row }) =>
    row.user_ref === null ? [] : [{ userRef: row.user_ref, userId }],
  );
  subjects.sort((a, b) => (a.userRef < b.userRef ? -1 : 1));
  await tx.insert(mfaAuditSubjects).values(subjects).onConflictDoNothing();
  const rows = JSON.stringify(imports.map(({ row }) => auditJson(row)));
  await tx.execute(sql`
    insert into mfa_audit_events (${AUDIT_COLUMNS})
    select ${AUDIT_COLUMNS} from jsonb_populate_recordset(null::mfa_audit_events, ${rows}::text::jsonb)`);
}
