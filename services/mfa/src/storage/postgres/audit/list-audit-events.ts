import { type SQL, sql } from "drizzle-orm";
import type { AdminStore } from "../../../domain/admin/admin-store.js";
import type { AuditEntry, AuditFilter } from "../../../domain/audit/audit-query.js";
import { addressSpellings } from "../../../domain/caller/address-spellings.js";
import type { UserId } from "../../../domain/user-id.js";
import { type Orm, queryRows } from "../database/database.js";
import { detailsText, utcText } from "./stored-row.js";

/** A user's pseudonyms under the available keys. */
export type UserRefs = (userId: UserId) => readonly string[];

interface EntryRow {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly purpose: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly method: string | null;
  readonly caller: string;
  readonly user_ref: string | null;
  readonly user_id: string | null;
  readonly request_id: string;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly details: unknown;
}

/** One page, newest first. */
export async function listAuditEvents(
  orm: Orm,
  query: Parameters<AdminStore["listAuditEvents"]>[0],
  userRefs: UserRefs,
): Promise<AuditEntry[]> {
  const { filter, after, limit } = query;
  const conditions = conditionsOf(filter, userRefs);
  if (after !== undefined) {
    conditions.push(
      sql`(e.occurred_at, e.id) < (${after.occurredAt}::timestamptz, ${after.id}::uuid)`,
      // Redundant, but lets the planner skip partitions.
      sql`e.occurred_at <= ${after.occurredAt}::timestamptz`,
    );
  }
  const rows = await queryRows<EntryRow>(
    orm,
    sql`
    select e.id::text, ${utcText("e.occurred_at")} as at, e.action, e.purpose, e.outcome, e.reason, e.method, e.caller, e.user_ref,
      s.user_id, e.request_id, e.ip_address, e.user_agent, e.details
    from mfa_audit_events e left join mfa_audit_subjects s on s.user_ref = e.user_ref
    where ${sql.join([sql`true`, ...conditions], sql.raw(" and "))}
    order by e.occurred_at desc, e.id desc limit ${limit}`,
  );
  return rows.map(toEntry);
}

function conditionsOf(filter: AuditFilter, userRefs: UserRefs): SQL[] {
  const { userId, userRef, from, to, action, outcome, caller, ipAddress, method, reason } = filter;
  const conditions: SQL[] = [];
  if (userId !== undefined) conditions.push(isAbout(userId, userRefs));
  if (userRef !== undefined) conditions.push(sql`e.user_ref = ${userRef}`);
  if (from !== undefined) conditions.push(sql`e.occurred_at >= ${from.toISOString()}::timestamptz`);
  if (to !== undefined) conditions.push(sql`e.occurred_at < ${to.toISOString()}::timestamptz`);
  if (action !== undefined) conditions.push(sql`e.action = ${action}`);
  if (outcome !== undefined) conditions.push(sql`e.outcome = ${outcome}`);
  if (caller !== undefined) conditions.push(sql`e.caller = ${caller}`);
  if (ipAddress !== undefined) conditions.push(isFrom(ipAddress));
  if (method !== undefined) conditions.push(sql`e.method = ${method}`);
  if (reason !== undefined) conditions.push(sql`e.reason = ${reason}`);
  return conditions;
}

/** As text: a stored value that was altered must not make the listing fail. */
function isFrom(address: string): SQL {
  return sql`lower(e.ip_address) = any(${textArray(addressSpellings(address))})`;
}

function textArray(values: readonly string[]): SQL {
  const list = sql.join(
    values.map((value) => sql`${value}`),
    sql.raw(", "),
  );
  return sql`array[${list}]::text[]`;
}

/** The condition that an entry, as `e`, is about the user. Pseudonyms under retired keys are known only from the subjects. */
export function isAbout(userId: UserId, userRefs: UserRefs): SQL {
  const refs = textArray(userRefs(userId));
  return sql`e.user_ref = any(${refs} || array(select user_ref from mfa_audit_subjects where user_id = ${userId}))`;
}

function toEntry(row: EntryRow): AuditEntry {
  const stored = detailsText(row.details);
  const { actor: administrator, ...details } = stored === null ? {} : textsOf(JSON.parse(stored));
  return {
    id: row.id,
    occurredAt: row.at,
    action: row.action,
    purpose: row.purpose,
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    method: row.method ?? undefined,
    caller: row.caller,
    userRef: row.user_ref ?? undefined,
    userId: row.user_id ?? undefined,
    requestId: row.request_id,
    ipAddress: row.ip_address ?? undefined,
    userAgent: row.user_agent ?? undefined,
    administrator,
    details,
  };
}

function textsOf(details: unknown): Record<string, string> {
  const entries = typeof details === "object" && details !== null ? Object.entries(details) : [];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
