import { eq, sql } from "drizzle-orm";
import type { AcceptInput, MfaStore } from "../../../domain/enrolment/mfa-store.js";
import type { BackupCodeSet } from "../../../domain/factor/backup-code.js";
import type { Factor } from "../../../domain/factor/factor.js";
import { MAX_CONSECUTIVE_FAILURES } from "../../../domain/throttle/lockout-policy.js";
import type { UserId } from "../../../domain/user-id.js";
import type { AcceptResult } from "../../../domain/verification/code-match.js";
import { type AuditRowMaker, auditValues, INSERT_AUDIT, insertAuditRow } from "../audit/audit-table.js";
import { type Orm, queryRows } from "../database/database.js";
import { mfaAuditSubjects, mfaBackupCodes, mfaFactors, mfaSettings } from "../schema/schema.js";

/** Locks the user's row by the upsert, so that set-up, confirmation and disablement of one user are serialised. */
export async function beginEnrolment(
  tx: Orm,
  input: Parameters<MfaStore["beginEnrolment"]>[0],
  auditRow: AuditRowMaker,
): Promise<"begun" | "already-enabled"> {
  const { userId, factor, event } = input;
  const at = event.at;
  const fresh = { preferredMethod: factor.method, isVerified: false, createdAt: at, updatedAt: at };
  const open = await tx
    .insert(mfaSettings)
    .values({ userId, ...fresh })
    .onConflictDoUpdate({
      target: mfaSettings.userId,
      set: fresh,
      setWhere: eq(mfaSettings.isEnabled, false),
    })
    .returning({ userId: mfaSettings.userId });
  if (open.length === 0) return "already-enabled";

  await tx.delete(mfaFactors).where(eq(mfaFactors.userId, userId));
  await tx.insert(mfaFactors).values({
    id: factor.id,
    userId,
    method: factor.method,
    state: "pending",
    ...methodColumns(factor),
    createdAt: factor.createTime,
  });
  await storeBackupCodes(tx, { userId, at }, input.backupCodes);
  const row = auditRow(event);
  if (row.user_ref !== null) {
    await tx.insert(mfaAuditSubjects).values({ userRef: row.user_ref, userId }).onConflictDoNothing();
  }
  await tx.execute(insertAuditRow(row));
  return "begun";
}

export function methodColumns(factor: Factor): Partial<typeof mfaFactors.$inferInsert> {
  switch (factor.method) {
    case "totp": {
      const { algorithm, digits, periodSeconds } = factor.parameters;
      return {
        totpAlgorithm: algorithm,
        totpDigits: digits,
        totpPeriodSeconds: periodSeconds,
        totpSecretEncrypted: factor.sealedSecret,
        emailEncrypted: factor.sealedNoticeEmail ?? null,
      };
    }
    case "sms":
      return { phoneNumberEncrypted: factor.sealedDestination };
    case "email":
      return { emailEncrypted: factor.sealedDestination };
  }
}

/** Replaces the user's backup codes under the next generation. The caller's transaction holds the lock on the user's row. */
export async function storeBackupCodes(
  tx: Orm,
  owner: { readonly userId: UserId; readonly at: Date },
  codes: BackupCodeSet | undefined,
): Promise<void> {
  const { userId, at } = owner;
  await tx.delete(mfaBackupCodes).where(eq(mfaBackupCodes.userId, userId));
  const [settings] = await tx
    .update(mfaSettings)
    .set({
      backupGeneration: sql`${mfaSettings.backupGeneration} + 1`,
      backupSalt: codes?.salt ?? null,
      backupScheme: codes?.scheme ?? null,
      backupConsecutiveFailures: 0,
    })
    .where(eq(mfaSettings.userId, userId))
    .returning({ generation: mfaSettings.backupGeneration });
  if (settings === undefined) throw new Error("the user's settings are gone");
  if (codes === undefined) return;
  await tx
    .insert(mfaBackupCodes)
    .values(
      codes.hashes.map((codeHash) => ({ userId, generation: settings.generation, codeHash, createdAt: at })),
    );
}

/** One statement: the factor becomes active and its replay counter spends the confirming code, with settings and audit row, or nothing happens. */
export async function confirmEnrolment(
  orm: Orm,
  input: AcceptInput & { readonly notBefore: Date },
  auditRow: AuditRowMaker,
): Promise<AcceptResult> {
  const { userId, match, event } = input;
  if (match.kind !== "factor") throw new Error("a backup code confirms no factor");
  const at = sql`${input.at.toISOString()}::timestamptz`;
  const [confirmed] = await queryRows<{ remaining: number }>(
    orm,
    sql`
    with owner as (
      select user_id, backup_generation from mfa_settings
      where user_id = ${userId} and not is_enabled and consecutive_failures < ${MAX_CONSECUTIVE_FAILURES} for update
    ), claimed as (
      update mfa_factors f set state = 'active', last_accepted = ${match.replayCounter.toString()}::bigint from owner
      where f.user_id = owner.user_id and f.id = ${match.factorId}::uuid and f.state = 'pending'
        and f.created_at >= ${input.notBefore.toISOString()}::timestamptz
      returning f.user_id
    ), enabled as (
      update mfa_settings s set is_enabled = true, is_verified = true, verified_at = ${at}, last_used_at = ${at},
        updated_at = ${at}, consecutive_failures = 0
      from claimed where s.user_id = claimed.user_id
    ), audited as (
      ${INSERT_AUDIT} select ${auditValues(auditRow(event))} from claimed
    )
    select (
      select count(*)::int from mfa_recovery_codes c join owner o on c.user_id = o.user_id and c.generation = o.backup_generation
      where c.used_at is null
    ) as remaining from claimed`,
  );
  return confirmed === undefined
    ? { outcome: "gone" }
    : { outcome: "accepted", backupCodesRemaining: confirmed.remaining };
}
