import { sql } from "drizzle-orm";
import type { Lane } from "../../domain/method.js";
import type { UserId } from "../../domain/user-id.js";
import { AUDIT_COLUMNS, type AuditRow, auditJson } from "./audit-table.js";
import { type Orm, queryRows } from "./database.js";
import { oneParameter } from "./one-parameter.js";

/** A row for the audit log and, where `failure` is given, one more failure of that user's lane. */
export interface Entry {
  readonly row: AuditRow;
  readonly failure: { readonly userId: UserId; readonly lane: Lane } | undefined;
}

/**
 * Writes rows of the audit log and adds up failures in one statement, so that no failure counts without its row. Settings rows are locked in
 * the order of user ids, as claims lock them, so that two replicas cannot wait for each other in a circle.
 */
export async function recordTogether(orm: Orm, entries: readonly Entry[]): Promise<void> {
  const json = JSON.stringify(
    entries.map(({ row, failure }) => ({
      user_id: failure?.userId,
      lane: failure?.lane,
      audit: auditJson(row),
    })),
  );
  await queryRows(orm, RECORD(json));
}

const RECORD = oneParameter(
  (entries) => sql`
    with input as materialized (
      select * from jsonb_to_recordset(${entries}::text::jsonb) as i(user_id text, lane text, audit jsonb)
    ), failed as (
      select user_id, count(*) filter (where lane = 'primary') as own, count(*) filter (where lane = 'backup') as backup
      from input where user_id is not null group by user_id
    ), owner as (
      select s.user_id from mfa_settings s where s.user_id = any(array(select user_id from failed)) order by s.user_id for update
    ), counted as (
      update mfa_settings s set consecutive_failures = s.consecutive_failures + f.own,
        backup_consecutive_failures = s.backup_consecutive_failures + f.backup
      from owner o join failed f on f.user_id = o.user_id where s.user_id = o.user_id
    )
    insert into mfa_audit_events (${AUDIT_COLUMNS})
    select ${AUDIT_COLUMNS} from input i, jsonb_populate_record(null::mfa_audit_events, i.audit)`,
);
