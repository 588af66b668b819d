import { sql } from "drizzle-orm";
import type { Orm } from "./database.js";

const MONTHS_AHEAD = 3;

/** Makes the partitions of this month and the next ones. Rows outside them go to the default partition. */
export async function ensureAuditPartitions(orm: Orm, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1) {
    const from = monthStart(now, ahead);
    const to = monthStart(now, ahead + 1);
    const name = `mfa_audit_events_${from.slice(0, 7).replace("-", "_")}`;
    await orm.execute(
      sql.raw(
        `create table if not exists "${name}" partition of mfa_audit_events for values from ('${from}') to ('${to}')`,
      ),
    );
  }
}

function monthStart(now: Date, ahead: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString();
}
