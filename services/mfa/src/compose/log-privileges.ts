import { sql } from "drizzle-orm";
import { type Database, queryRows } from "../storage/postgres/database.js";
import type { Log } from "../telemetry/log.js";

/** Tells operators when the role that serves could rewrite the audit log: its MACs and seals would show that, but nothing would prevent it. */
export async function warnOfMutableLog(database: Database, log: Log): Promise<void> {
  const [role] = await database.run((orm) =>
    queryRows<{ mutable: boolean }>(
      orm,
      sql`select has_table_privilege(current_user, 'mfa_audit_events', 'update, delete, truncate') as mutable`,
    ),
  );
  if (role?.mutable === false) return;
  log.warn(
    {},
    "the database role of this service can change the audit log: serve as the role that countersign migrate --runtime-role provided",
  );
}
