import { sql } from "drizzle-orm";
import type { UserId } from "../../../domain/user-id.js";
import { isAbout, type UserRefs } from "../audit/list-audit-events.js";
import { type Orm, queryRows } from "../database/database.js";

/**
 * Whether the user has a row or, if erased, an entry that requires an enrolment: a change or an accepted code. Entries of reads, refusals and acts of
 * support about a mistyped id must not make it known. Both queries use an index.
 */
export async function isKnown(orm: Orm, userId: UserId, userRefs: UserRefs): Promise<boolean> {
  const [row] = await queryRows<{ known: boolean }>(
    orm,
    sql`
    select exists (select from mfa_settings where user_id = ${userId}) or exists (
      select from mfa_audit_events e where ${isAbout(userId, userRefs)} and e.outcome = 'succeeded'
        and (e.purpose in ('enrol', 'verify', 'change') or e.action = 'import_user')
    ) as known`,
  );
  return row?.known === true;
}
