import { type SQL, sql } from "drizzle-orm";
import type { AuditEvent } from "../../domain/audit-event.js";
import type { UserId } from "../../domain/user-id.js";

/** The pseudonym of a user in the audit log. */
export type UserRef = (userId: UserId) => string;

/**
 * The columns of one audit row, in the order of `AUDIT_COLUMNS`. The table is partitioned by month and therefore made by a hand-written
 * migration, outside the Drizzle schema.
 */
export function auditValues(event: AuditEvent, userRef: UserRef): SQL {
  const { actor } = event;
  return sql`${event.at.toISOString()}::timestamptz, ${event.action}::text, ${event.outcome}::text, ${event.reason ?? null}::text,
    ${event.method ?? null}::text, ${actor.caller}::text, ${userRef(event.userId)}::text, ${actor.requestId}::text,
    ${actor.context.ipAddress ?? null}::inet, ${actor.context.userAgent ?? null}::text`;
}

/** The head of every insert into the audit log. */
export const INSERT_AUDIT = sql.raw(
  "insert into mfa_audit_events (occurred_at, action, outcome, reason, method, caller, user_ref, request_id, ip_address, user_agent)",
);
