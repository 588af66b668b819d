import { sql } from "drizzle-orm";
import { inTime } from "../../../telemetry/metrics/in-time.js";
import { type Database, queryRows } from "../database/database.js";
import { microseconds } from "./audit-table.js";

/** A scrape must not wait for a Postgres that does not answer. */
const PATIENCE_MS = 500;

/** For metrics: how long entries of the audit log wait for their seal. Undefined without an answer; one query at a time. */
export function auditLag(database: Database, now: () => Date): () => Promise<number | undefined> {
  let asking: Promise<number> | undefined;
  return () => {
    asking ??= auditLagSeconds(database, now()).finally(() => {
      asking = undefined;
    });
    return inTime(PATIENCE_MS, asking);
  };
}

/** The age in seconds of the oldest entry after the last seal; 0 if there is none. */
async function auditLagSeconds(database: Database, now: Date): Promise<number> {
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
