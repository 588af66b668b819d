import type { Mac } from "@countersign/field-crypto";
import { sql } from "drizzle-orm";
import type { Orm } from "../database/database.js";
import { microseconds } from "./audit-table.js";
import { merkleRoot } from "./merkle-root.js";
import { misfit } from "./misfit.js";
import { unpackIds } from "./row-ids.js";
import type { Seal } from "./seal.js";
import { isGenuine, readStoredRows, type StoredRow } from "./stored-row.js";
import { timeOfUuidV7 } from "./uuid-v7.js";
import type { Findings } from "./verification-report.js";

export interface RowCheck {
  readonly mac: Mac;
  readonly findings: Findings;
  /** Everything older was deliberately dropped by retention. */
  readonly droppedUntil: string | undefined;
  /** Genuine rows that the seal of their interval does not cover, by id. A later seal may still include them as late. */
  readonly unclaimed: Map<string, string>;
}

/** Compares the rows of a seal with what it signs: each row's MAC, completeness and order. */
export async function checkSealedRows(
  orm: Orm,
  target: { readonly seal: Seal; readonly first: boolean },
  check: RowCheck,
): Promise<void> {
  const { seal, first } = target;
  const [lateIds, rowIds] = [unpackIds(seal.lateIds), unpackIds(seal.rowIds)];
  const until = sql`occurred_at < ${seal.toTime}::timestamptz`;
  const rows = await readStoredRows(
    orm,
    first ? until : sql`occurred_at >= ${seal.fromTime}::timestamptz and ${until}`,
  );
  const late = await readLateRows(orm, lateIds, seal.fromTime);
  const before = check.findings.problemCount;
  const found = checkMacs([...rows, ...late], seal.number, check);
  const leaves = [...lateIds, ...rowIds].map((id) => leafOf(id, found, seal.number, check));
  claim(rows, { lateIds, rowIds }, found, check);

  const complete = leaves.every((leaf) => leaf !== undefined);
  if (complete && check.findings.problemCount === before && !merkleRoot(leaves).equals(seal.merkleRoot)) {
    check.findings.problem(
      `seal ${seal.number}`,
      "does not sign these rows: rows were replaced or reordered",
    );
  }
}

async function readLateRows(orm: Orm, ids: readonly string[], before: string): Promise<StoredRow[]> {
  if (ids.length === 0) return [];
  const list = sql.join(
    ids.map((id) => sql`${id}::uuid`),
    sql.raw(", "),
  );
  return readStoredRows(orm, sql`occurred_at < ${before}::timestamptz and id in (${list})`);
}

/** The rows that were found, by id; undefined for one whose MAC is wrong. */
type Found = ReadonlyMap<string, StoredRow | undefined>;

function checkMacs(rows: readonly StoredRow[], seal: number, check: RowCheck): Found {
  const found = new Map<string, StoredRow | undefined>();
  for (const row of rows) {
    check.findings.rowsChecked += 1;
    const genuine = isGenuine(row, check.mac);
    found.set(row.id, genuine ? row : undefined);
    if (genuine) continue;
    const why = misfit(check.mac, row.key_id, "MAC");
    const what = `in the interval of seal ${seal}: edited, inserted or moved; ${why}`;
    check.findings.problem(describeRow(row), what);
  }
  return found;
}

/** The leaf of a row that the seal covers. A missing row is a problem, unless retention explains it. */
function leafOf(id: string, found: Found, seal: number, check: RowCheck): Buffer | undefined {
  if (found.has(id)) return found.get(id)?.mac;
  const time = microseconds(timeOfUuidV7(id));
  if (check.droppedUntil === undefined || time >= check.droppedUntil) {
    check.findings.problem(`row ${id} of ${time}`, `signed by seal ${seal}: deleted or moved`);
  }
  return undefined;
}

function claim(
  rows: readonly StoredRow[],
  listed: { readonly lateIds: readonly string[]; readonly rowIds: readonly string[] },
  found: Found,
  check: RowCheck,
): void {
  const own = new Set(listed.rowIds);
  for (const { id } of rows) {
    const row = found.get(id);
    if (row !== undefined && !own.has(id)) check.unclaimed.set(id, row.occurred_at);
  }
  for (const id of listed.lateIds) check.unclaimed.delete(id);
}

export function describeRow(row: StoredRow): string {
  return `row ${row.id} of ${row.occurred_at}`;
}
