import { sql } from "drizzle-orm";
import { type FailureRecord, minuteOf } from "../../../domain/throttle/failure-limits.js";
import type { LoginScope } from "../../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../../domain/user-id.js";
import { AUDIT_COLUMNS, type AuditRow, auditJson } from "../audit/audit-table.js";
import { type Orm, queryRows, singleParameterStatement } from "../database/database.js";
import { toFailureRecord, withFailures } from "./failures.js";

/** A row for the audit log and, if `failure` is given, one more failure of that user's scope. */
export interface Entry {
  readonly row: AuditRow;
  readonly failure: { readonly userId: UserId; readonly scope: LoginScope; readonly at: Date } | undefined;
}

/** The unique id of the audit row. */
export function idOf({ row }: Entry): string {
  return row.id ?? "";
}

/** The failures of one user after the statement. */
interface CountedRow {
  readonly user_id: UserId;
  readonly primary_minutes: readonly number[] | null;
  readonly backup_minutes: readonly number[] | null;
  readonly forgiven: number | null;
}

/**
 * Writes rows of the audit log and adds up failures in one statement, so that no failure counts without its row. Settings rows are locked in the
 * order of user ids, as claims lock them, so that two replicas cannot deadlock. Returns by `idOf` the record after each failure, as if they had come
 * one after another.
 */
export async function recordTogether(
  orm: Orm,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, FailureRecord>> {
  const json = JSON.stringify(
    entries.map(({ row, failure }) => ({
      user_id: failure?.userId,
      scope: failure?.scope,
      minute: failure && minuteOf(failure.at),
      audit: auditJson(row),
    })),
  );
  const rows = await queryRows<CountedRow>(orm, RECORD(json));
  return recordsOf(entries, new Map(rows.map((row) => [row.user_id, row])));
}

/** Walks back from the last failure of the statement: the previous one left the same record without its newest minute. */
function recordsOf(
  entries: readonly Entry[],
  counted: ReadonlyMap<UserId, CountedRow>,
): ReadonlyMap<string, FailureRecord> {
  const records = new Map<string, FailureRecord>();
  const later = new Map<string, number>();
  for (const entry of entries.toReversed()) {
    const { failure } = entry;
    const row = failure && counted.get(failure.userId);
    if (failure === undefined || row === undefined) continue;
    const key = `${failure.scope} ${failure.userId}`;
    const skipped = later.get(key) ?? 0;
    later.set(key, skipped + 1);
    const { minutes, forgivenMinute } = toFailureRecord({
      minutes: failure.scope === "primary" ? row.primary_minutes : row.backup_minutes,
      forgiven: failure.scope === "primary" ? row.forgiven : null,
    });
    records.set(idOf(entry), { minutes: minutes.slice(skipped), forgivenMinute });
  }
  return records;
}

const RECORD = singleParameterStatement(
  (entries) => sql`
    with input as materialized (
      select * from jsonb_to_recordset(${entries}::text::jsonb) as i(user_id text, scope text, minute integer, audit jsonb)
    ), failed as (
      select user_id, count(*) filter (where scope = 'primary') as own, count(*) filter (where scope = 'backup') as backup,
        array_agg(minute) filter (where scope = 'primary') as own_minutes,
        array_agg(minute) filter (where scope = 'backup') as backup_minutes
      from input where user_id is not null group by user_id
    ), owner as (
      select s.user_id from mfa_settings s where s.user_id = any(array(select user_id from failed)) order by s.user_id for update
    ), counted as (
      update mfa_settings s set consecutive_failures = s.consecutive_failures + f.own,
        backup_consecutive_failures = s.backup_consecutive_failures + f.backup,
        code_failures = ${withFailures("s", "primary", "f.own_minutes")},
        backup_code_failures = ${withFailures("s", "backup", "f.backup_minutes")}
      from owner o join failed f on f.user_id = o.user_id where s.user_id = o.user_id
      returning s.user_id, s.code_failures as primary_minutes, s.backup_code_failures as backup_minutes,
        s.code_failures_forgiven as forgiven
    ), audited as (
      insert into mfa_audit_events (${AUDIT_COLUMNS})
      select ${AUDIT_COLUMNS} from input i, jsonb_populate_record(null::mfa_audit_events, i.audit)
    )
    select user_id, to_json(primary_minutes) as primary_minutes, to_json(backup_minutes) as backup_minutes, forgiven from counted`,
);
