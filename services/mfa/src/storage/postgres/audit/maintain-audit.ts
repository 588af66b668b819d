import type { Mac } from "@countersign/field-crypto";
import { sql } from "drizzle-orm";
import { type Database, type Orm, queryRows } from "../database/database.js";
import {
  type AuditPartition,
  ensureAuditPartitions,
  listAuditPartitions,
  lockAuditEvents,
} from "./audit-partitions.js";
import { microseconds } from "./audit-table.js";
import { merkleRoot } from "./merkle-root.js";
import {
  insertSeal,
  isSealGenuine,
  NEWEST,
  NO_SEAL_BEFORE,
  readHead,
  readLastRetention,
  readSeals,
  type Seal,
  signSeal,
} from "./seal.js";
import { BrokenSealError, tryLockSeals } from "./seal-audit.js";

const DAY_MS = 86_400_000;
/** Dropping a partition waits for calls under way, and new calls wait behind it: better to retry later than to wait long. */
const LOCK_LIMIT = "2s";

export interface MaintainOptions {
  readonly mac: Mac;
  readonly now: () => Date;
  readonly retentionDays: number;
}

export interface Maintenance {
  /** `busy`: another process is sealing or maintaining; nothing was done. */
  readonly outcome: "done" | "busy";
  readonly created: readonly string[];
  readonly dropped: readonly string[];
  /** Old enough to be dropped, but kept because they have unsealed rows. */
  readonly heldBack: readonly string[];
}

/**
 * Creates the partitions of the coming months and drops those whose rows are all older than the retention, all or nothing, with a signed record in
 * the chain of seals. Requires the tables' owner. Safe to run concurrently.
 */
export async function maintainAudit(database: Database, options: MaintainOptions): Promise<Maintenance> {
  return database.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql.raw(`set local lock_timeout = '${LOCK_LIMIT}'`));
      if (!(await tryLockSeals(tx))) return { outcome: "busy", created: [], dropped: [], heldBack: [] };
      const created = await ensureAuditPartitions(tx, options.now());
      return { outcome: "done", created, ...(await dropExpired(tx, options)) };
    }),
  );
}

async function dropExpired(
  tx: Orm,
  options: MaintainOptions,
): Promise<Pick<Maintenance, "dropped" | "heldBack">> {
  const cutoff = options.now().getTime() - options.retentionDays * DAY_MS;
  const expired = (await listAuditPartitions(tx)).filter(({ to }) => to.getTime() <= cutoff);
  const head = await readHead(tx);
  if (head !== undefined && !isSealGenuine(head, options.mac)) {
    throw new BrokenSealError(`seal ${head.number} of the audit log has an invalid signature`);
  }
  const names = expired.map(({ name }) => name);
  const last = expired.at(-1);
  if (last === undefined) return { dropped: [], heldBack: [] };
  if (await hasUnsealedRows(tx, head, last)) return { dropped: [], heldBack: names };

  await lockAuditEvents(tx);
  const rowCount = await countRows(tx, expired);
  const before = await lastSealBefore(tx, last.to);
  for (const name of names) await tx.execute(sql.raw(`drop table "${name}"`));
  await tx.execute(sql`delete from mfa_audit_seals where number <= ${before.number}::bigint`);
  const record = retentionRecord({ head, until: last.to, before, rowCount, at: options.now() });
  if (!(await insertSeal(tx, signSeal(record, options.mac))))
    throw new Error("the chain of seals has changed meanwhile");
  return { dropped: names, heldBack: [] };
}

async function hasUnsealedRows(tx: Orm, head: Seal | undefined, last: AuditPartition): Promise<boolean> {
  const since = head === undefined ? sql`true` : sql`occurred_at >= ${head.toTime}::timestamptz`;
  const [row] = await queryRows<{ found: boolean }>(
    tx,
    sql`
    select exists (
      select from mfa_audit_events where ${since} and occurred_at < ${last.to.toISOString()}::timestamptz
    ) as found`,
  );
  return row?.found !== false;
}

async function countRows(tx: Orm, partitions: readonly AuditPartition[]): Promise<number> {
  let count = 0;
  for (const { name } of partitions) {
    const [row] = await queryRows<{ count: string }>(
      tx,
      sql`select count(*)::text as count from ${sql.identifier(name)}`,
    );
    count += Number(row?.count);
  }
  return count;
}

/** The last seal that covers only dropped rows. Seals end in the order of their numbers, and none spans two months. */
async function lastSealBefore(
  tx: Orm,
  until: Date,
): Promise<{ readonly number: number; readonly hash: Buffer }> {
  const [seal] = await readSeals(tx, sql`to_time <= ${until.toISOString()}::timestamptz`, NEWEST);
  if (seal !== undefined) return seal;
  return (await readLastRetention(tx))?.dropped ?? { number: 0, hash: NO_SEAL_BEFORE };
}

function retentionRecord(parts: {
  readonly head: Seal | undefined;
  readonly until: Date;
  readonly before: { readonly number: number; readonly hash: Buffer };
  readonly rowCount: number;
  readonly at: Date;
}) {
  const { head, until, before, rowCount } = parts;
  const toTime = head?.toTime ?? microseconds(until);
  return {
    number: (head?.number ?? 0) + 1,
    kind: "retention",
    sealedAt: microseconds(parts.at),
    fromTime: toTime,
    toTime,
    rowCount,
    merkleRoot: merkleRoot([]),
    rowIds: Buffer.alloc(0),
    lateIds: Buffer.alloc(0),
    horizon: head?.horizon ?? "0",
    dropped: { until: microseconds(until), number: before.number, hash: before.hash },
    previousHash: head?.hash ?? NO_SEAL_BEFORE,
  } as const;
}
