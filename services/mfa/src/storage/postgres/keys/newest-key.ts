import { sql } from "drizzle-orm";
import { type Orm, queryRows } from "../database/database.js";

/** The key under which whoever wrote last to the audit log works; undefined while the log is empty. */
export async function readNewestKeyId(orm: Orm): Promise<string | undefined> {
  const [row] = await queryRows<{ key_id: string }>(
    orm,
    sql`select key_id from mfa_audit_events order by occurred_at desc limit 1`,
  );
  return row?.key_id;
}
