import { sql } from "drizzle-orm";
import { type Orm, queryRows } from "../database/database.js";

const MONTHS_AHEAD = 3;
const NAME = /^mfa_audit_events_(\d{4})_(\d{2})$/;

/** The rows of one month, in UTC. */
export interface AuditPartition {
  readonly name: string;
  /** First moment of the month and of the next one, in UTC. */
  readonly from: Date;
  readonly to: Date;
}

/**
 * Creates the partitions of this month and the next ones, and of every month whose rows are in the default partition; those rows are moved. Returns
 * the names of the new ones. Only the tables' owner can do this; without a partition, rows go to the default partition.
 */
export async function ensureAuditPartitions(orm: Orm, now: Date): Promise<string[]> {
  const wanted = [...(await strayMonths(orm, now)), ...monthsAhead(now)];
  const there = new Set((await listAuditPartitions(orm)).map(({ name }) => name));
  const missing = new Map(wanted.filter(({ name }) => !there.has(name)).map((each) => [each.name, each]));
  if (missing.size === 0) return [];
  await lockAuditEvents(orm);
  for (const partition of missing.values()) await createPartition(orm, partition);
  return [...missing.keys()];
}

/** Locks the whole log in one step, because inserts lock it from the top: locking partition by partition could deadlock with them. */
export async function lockAuditEvents(orm: Orm): Promise<void> {
  await orm.execute(sql`lock table mfa_audit_events in access exclusive mode`);
}

/** The monthly partitions, oldest first. */
export async function listAuditPartitions(orm: Orm): Promise<AuditPartition[]> {
  const tables = await queryRows<{ name: string }>(
    orm,
    sql`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'mfa_audit_events'::regclass order by c.relname`,
  );
  return tables.flatMap(({ name }) => {
    const [, year, month] = NAME.exec(name) ?? [];
    return year === undefined || month === undefined ? [] : [partitionOf(Number(year), Number(month) - 1)];
  });
}

function monthsAhead(now: Date): AuditPartition[] {
  const ahead = Array.from({ length: MONTHS_AHEAD + 1 }, (_, index) => index);
  return ahead.map((months) => partitionOf(now.getUTCFullYear(), now.getUTCMonth() + months));
}

async function strayMonths(orm: Orm, now: Date): Promise<AuditPartition[]> {
  const end = partitionOf(now.getUTCFullYear(), now.getUTCMonth() + MONTHS_AHEAD).to.toISOString();
  const months = await queryRows<{ year: number; month: number }>(
    orm,
    sql`
    select distinct extract(year from occurred_at at time zone 'UTC')::int as year,
      extract(month from occurred_at at time zone 'UTC')::int as month
    from mfa_audit_events_default where occurred_at >= '1970-01-01Z' and occurred_at < ${end}::timestamptz`,
  );
  return months.map(({ year, month }) => partitionOf(year, month - 1));
}

function partitionOf(year: number, monthIndex: number): AuditPartition {
  const from = new Date(Date.UTC(year, monthIndex, 1));
  const to = new Date(Date.UTC(year, monthIndex + 1, 1));
  return { name: `mfa_audit_events_${from.toISOString().slice(0, 7).replace("-", "_")}`, from, to };
}

/** Filled before it is attached: Postgres refuses a partition while its rows are in the default one. */
async function createPartition(orm: Orm, { name, from, to }: AuditPartition): Promise<void> {
  const [start, end] = [from.toISOString(), to.toISOString()];
  await orm.execute(
    sql.raw(`create table "${name}" (like mfa_audit_events including defaults including constraints)`),
  );
  await orm.execute(
    sql.raw(`
    with moved as (
      delete from mfa_audit_events_default where occurred_at >= '${start}' and occurred_at < '${end}' returning *
    ) insert into "${name}" select * from moved`),
  );
  await orm.execute(
    sql.raw(
      `alter table mfa_audit_events attach partition "${name}" for values from ('${start}') to ('${end}')`,
    ),
  );
}
