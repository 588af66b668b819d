import { eq, sql } from "drizzle-orm";
import type { AdminStore } from "../../../domain/admin/admin-store.js";
import type { AuditEvent } from "../../../domain/audit/audit-event.js";
import type { UserState, UserStateCount } from "../../../domain/enrolment/user-state.js";
import type { FactorMethod } from "../../../domain/factor/method.js";
import { MAX_CONSECUTIVE_FAILURES } from "../../../domain/throttle/lockout-policy.js";
import { type AuditRowMaker, insertAuditRow } from "../audit/audit-table.js";
import { listAuditEvents, type UserRefs } from "../audit/list-audit-events.js";
import { type Database, type Orm, queryRows } from "../database/database.js";
import { eraseFactors } from "../enrolment/erase-factors.js";
import { mfaAuditSubjects, mfaSettings } from "../schema/schema.js";
import { isKnown } from "./known-user.js";

/** What administrators do and see, over either driver. Lists may take long, so they have their own connections. */
export function createAdminStore(
  { database, listings }: { readonly database: Database; readonly listings: Database },
  { auditRow, userRefs }: { readonly auditRow: AuditRowMaker; readonly userRefs: UserRefs },
): AdminStore {
  const change = (event: AuditEvent, work: (tx: Orm) => Promise<void>) =>
    database.run((orm) =>
      orm.transaction(async (tx) => {
        await work(tx);
        await tx.execute(insertAuditRow(auditRow(event)));
      }),
    );
  return {
    resetUser: (event) =>
      change(event, async (tx) => {
        // Locks the user's row first, as every acceptance does: one of the two waits for the other.
        await clearFailures(tx, event);
        await eraseFactors(tx, event);
      }),
    unlockUser: (event) => change(event, (tx) => clearFailures(tx, event)),
    eraseUser: (event) =>
      change(event, async (tx) => {
        // Deletes factors and backup codes with it.
        await tx.delete(mfaSettings).where(eq(mfaSettings.userId, event.userId));
        await tx.delete(mfaAuditSubjects).where(eq(mfaAuditSubjects.userId, event.userId));
      }),
    isKnown: (userId) => database.run((orm) => isKnown(orm, userId, userRefs)),
    listAuditEvents: (query) => listings.run((orm) => listAuditEvents(orm, query, userRefs)),
    countUsersByState: () => listings.run(countUsersByState),
  };
}

async function clearFailures(tx: Orm, { userId, at }: AuditEvent): Promise<void> {
  await tx
    .update(mfaSettings)
    .set({
      consecutiveFailures: 0,
      backupConsecutiveFailures: 0,
      codeFailures: null,
      backupCodeFailures: null,
      codeFailuresForgiven: null,
      updatedAt: at,
    })
    .where(eq(mfaSettings.userId, userId));
}

/** Reads every user. */
async function countUsersByState(orm: Orm): Promise<UserStateCount[]> {
  const rows = await queryRows<{ state: UserState; method: FactorMethod | null; count: string }>(
    orm,
    sql`
    select state, method, count(*)::text as count from (
      select f.method, case
        when f.id is null then 'not_enrolled'
        when f.state = 'pending' then 'pending'
        when s.consecutive_failures >= ${MAX_CONSECUTIVE_FAILURES} then 'unlock_required'
        else 'enabled' end as state
      from mfa_settings s left join mfa_factors f on f.user_id = s.user_id
    ) as users group by state, method order by state, method`,
  );
  return rows.map(({ state, method, count }) => ({
    state,
    method: method ?? undefined,
    count: BigInt(count),
  }));
}
