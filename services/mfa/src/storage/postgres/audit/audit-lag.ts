import { sql } from "drizzle-orm";
import { type Database, queryRows } from "../database/database.js";
import { microseconds } from "./audit-table.js";

/** Seconds since the oldest entry was written that is later than every seal; 0 when there is none. */
export async function auditLagSeconds(database: Database, now: Date): Promise<number> {
  const [row] = await database.run((orm) =>
    queryRows<{ lag: number }>(
      orm,
      sql`
      select coalesce(extract(epoch from ${microseconds(now)}::timestamptz - min(occurred_at)), 0)::float8 as lag from mfa_audit_events
      where occurred_at >= coalesce((select to_time from mfa_audit_seals order by number desc limit 1), '-infinity')`,
    ),
  );
  if (row === undefined) throw new Error("no answer");
  return Math.max(0, row.lag);
}
