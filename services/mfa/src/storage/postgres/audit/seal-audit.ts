import type { Mac } from "@countersign/field-crypto";
import { type SQL, sql } from "drizzle-orm";
import { type Database, type Orm, queryRows } from "../database/database.js";
import { microseconds } from "./audit-table.js";
import { merkleRoot } from "./merkle-root.js";
import { ID_BYTES, packIds } from "./row-ids.js";
import { insertSeal, isSealGenuine, NO_SEAL_BEFORE, readHead, type Seal, signSeal } from "./seal.js";
import { utcText } from "./stored-row.js";

/** Any constant: the advisory lock that sealing and retention share. Nothing on the login path takes it. */
const SEAL_LOCK = 771_202;
/** Bounds the cost of one seal, so that concurrent calls hardly wait; the rest goes into the next seals. */
const MAX_ROWS = 2_000;
/** In UTC, whatever the session's time zone. */
const MONTH_END = "((date_trunc('month', first at time zone 'UTC') + interval '1 month') at time zone 'UTC')";
/** Before any possible row. */
const BEGINNING = "1970-01-01T00:00:00.000000Z";

export interface SealOptions {
  readonly mac: Mac;
  readonly now: () => Date;
  /** The least age of a row to be sealed: longer than writes take and clocks differ. Rows committed even later are sealed as late. */
  readonly lagMs: number;
}

/** `busy`: another process is sealing. `nothing`: every row that is old enough is sealed. */
export type SealOutcome =
  | { readonly outcome: "sealed"; readonly seal: Seal }
  | { readonly outcome: "nothing" | "busy" };

/** The signature of the newest seal is wrong. Nothing may be chained to it; `audit verify` says more. */
export class BrokenSealError extends Error {
  override readonly name = "BrokenSealError";
}

/** Seals the next interval, if there is one. Safe to run concurrently in any number of processes. */
export async function sealAudit(database: Database, options: SealOptions): Promise<SealOutcome> {
  return database.run((orm) =>
    orm.transaction(async (tx) => {
      if (!(await tryLockSeals(tx))) return { outcome: "busy" };
      const head = await readHead(tx);
      if (head !== undefined && !isSealGenuine(head, options.mac)) {
        throw new BrokenSealError(`seal ${head.number} of the audit log has an invalid signature`);
      }
      const seal = await nextSeal(tx, head, options);
      if (seal === undefined) return { outcome: "nothing" };
      return (await insertSeal(tx, seal)) ? { outcome: "sealed", seal } : { outcome: "busy" };
    }),
  );
}

/** Held until the end of the transaction, also through a pooler. False if another process holds it. */
export async function tryLockSeals(tx: Orm): Promise<boolean> {
  const [lock] = await queryRows<{ held: boolean }>(
    tx,
    sql`select pg_try_advisory_xact_lock(${SEAL_LOCK}) as held`,
  );
  return lock?.held === true;
}

async function nextSeal(tx: Orm, head: Seal | undefined, options: SealOptions): Promise<Seal | undefined> {
  // Before any row is read: what those reads miss belongs to this transaction or a later one.
  const horizon = await readHorizon(tx);
  const late = head === undefined ? [] : await readLate(tx, head);
  const fromTime = head?.toTime ?? BEGINNING;
  const since = head === undefined ? sql`true` : sql`occurred_at >= ${fromTime}::timestamptz`;
  const cut = microseconds(new Date(options.now().getTime() - options.lagMs));
  const toTime = (await endOfInterval(tx, since, cut)) ?? fromTime;
  const rows = await readLeaves(tx, sql`${since} and occurred_at < ${toTime}::timestamptz`);
  const leaves = [...late, ...rows];
  if (leaves.length === 0) return undefined;
  const allLate = late.length < MAX_ROWS;
  return signSeal(
    {
      number: (head?.number ?? 0) + 1,
      kind: "rows",
      sealedAt: microseconds(options.now()),
      fromTime,
      toTime,
      rowCount: leaves.length,
      merkleRoot: merkleRoot(leaves.map(({ mac }) => mac)),
      rowIds: packIds(rows.map(({ id }) => id)),
      lateIds: packIds(late.map(({ id }) => id)),
      horizon: allLate || head === undefined ? horizon : head.horizon,
      dropped: undefined,
      previousHash: head?.hash ?? NO_SEAL_BEFORE,
    },
    options.mac,
  );
}

async function readHorizon(tx: Orm): Promise<string> {
  const [row] = await queryRows<{ horizon: string }>(
    tx,
    sql`select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`,
  );
  if (row === undefined) throw new Error("no snapshot");
  return row.horizon;
}

/**
 * Where the next interval ends: at most MAX_ROWS rows on (more only within one millisecond), not beyond a month, so that dropping a
 * partition never splits one. Undefined if no row is old enough.
 */
async function endOfInterval(tx: Orm, since: SQL, cut: string): Promise<string | undefined> {
  const within = sql`${since} and occurred_at < ${cut}::timestamptz`;
  const [bounds] = await queryRows<{ first: string | null; month_end: string; next_first: string }>(
    tx,
    sql`
    select ${utcText("first")} as first, ${utcText(MONTH_END)} as month_end,
      ${utcText("(first + interval '1 millisecond')")} as next_first
    from (select min(occurred_at) as first from mfa_audit_events where ${within}) as oldest`,
  );
  if (bounds === undefined || bounds.first === null) return undefined;
  const [overflow] = await queryRows<{ at: string }>(
    tx,
    sql`
    select ${utcText("occurred_at")} as at from mfa_audit_events where ${within}
    order by mfa_audit_events.occurred_at, mfa_audit_events.id offset ${MAX_ROWS} limit 1`,
  );
  const full = overflow === undefined ? cut : later(overflow.at, bounds.next_first);
  return earlier(earlier(cut, bounds.month_end), full);
}

const earlier = (a: string, b: string) => (a < b ? a : b);
const later = (a: string, b: string) => (a > b ? a : b);

interface Leaf {
  readonly id: string;
  readonly mac: Uint8Array;
}

function readLeaves(tx: Orm, where: SQL, limit?: number): Promise<Leaf[]> {
  return queryRows<Leaf>(
    tx,
    sql`
    select id::text, mac from mfa_audit_events where ${where}
    order by mfa_audit_events.occurred_at, mfa_audit_events.id ${limit === undefined ? sql`` : sql`limit ${limit}`}`,
  );
}

/**
 * Rows of sealed intervals that no seal covers: they were committed after their seal was made. Ids that were already sealed as late are hashed once:
 * a replica with a slow clock makes all its rows late, and searching all late ids for each of them would exceed the time limit.
 */
function readLate(tx: Orm, head: Seal): Promise<Leaf[]> {
  const id = sql.raw("uuid_send(mfa_audit_events.id)");
  const bytes = sql.raw(String(ID_BYTES));
  return readLeaves(
    tx,
    sql`
    occurred_at < ${head.toTime}::timestamptz and transaction_id >= ${head.horizon}::bigint
    and not exists (
      select from mfa_audit_seals s where s.from_time <= mfa_audit_events.occurred_at
        and mfa_audit_events.occurred_at < s.to_time and position(${id} in s.row_ids) > 0)
    and not exists (
      select from mfa_audit_seals s, generate_series(1, octet_length(s.late_ids), ${bytes}) start
      where substring(s.late_ids from start for ${bytes}) = ${id})`,
    MAX_ROWS,
  );
}
