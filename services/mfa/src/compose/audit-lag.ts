import { auditLagSeconds } from "../storage/postgres/audit/audit-lag.js";
import type { Database } from "../storage/postgres/database/database.js";
import { inTime } from "../telemetry/metrics/in-time.js";

/** A scrape must not wait for a Postgres that hangs. */
const PATIENCE_MS = 500;

/** For metrics: how long entries of the audit log wait for their seal. Undefined without an answer; asks once at a time. */
export function auditLag(database: Database, now: () => Date): () => Promise<number | undefined> {
  let asking: Promise<number> | undefined;
  return () => {
    asking ??= auditLagSeconds(database, now()).finally(() => {
      asking = undefined;
    });
    return inTime(PATIENCE_MS, asking);
  };
}
