import type { Mac } from "@countersign/field-crypto";
import { sql } from "drizzle-orm";
import type { Database } from "../database/database.js";
import { microseconds } from "./audit-table.js";
import { checkSealedRows, describeRow, type RowCheck } from "./check-rows.js";
import { misfit } from "./misfit.js";
import { isSealGenuine, NO_SEAL_BEFORE, readLastRetention, readSeals, type Seal } from "./seal.js";
import { isGenuine, readStoredRows, type StoredRow } from "./stored-row.js";
import { type AuditReport, Findings } from "./verification-report.js";

const SEALS_A_PAGE = 20;
const ROWS_A_PAGE = 5_000;

export interface VerifyOptions {
  readonly mac: Mac;
  readonly now: () => Date;
  /** Rows older than this must be sealed: otherwise sealing has stopped, or the newest seals were cut off. */
  readonly unsealedLimitMs: number;
  /** Only rows of this time, the end excluded. All seals are checked. */
  readonly from?: Date;
  readonly to?: Date;
  /** A seal recorded earlier outside the database. It must still exist. */
  readonly anchor?: { readonly number: number; readonly hash: string };
  readonly onProgress: (done: { readonly seals: number; readonly rows: number }) => void;
}

/** The state of the walk along the chain. */
interface Walk {
  expectedNumber: number;
  /** Undefined after a gap or a forged seal: the previous hash is unknown. */
  previousHash: Buffer | undefined;
  first: boolean;
  last: Seal | undefined;
  anchorMet: boolean;
}

/** Reads the whole log and reports where it was altered. Changes nothing and may run while the service runs. */
export async function verifyAudit(database: Database, options: VerifyOptions): Promise<AuditReport> {
  const findings = new Findings();
  const retention = await database.run(readLastRetention);
  const genuineRetention =
    retention !== undefined && isSealGenuine(retention, options.mac) ? retention : undefined;
  const dropped = genuineRetention?.dropped;
  const check: RowCheck = {
    mac: options.mac,
    findings,
    droppedUntil: dropped?.until,
    unclaimed: new Map(),
  };
  const walk: Walk = {
    expectedNumber: (dropped?.number ?? 0) + 1,
    previousHash: dropped?.hash ?? NO_SEAL_BEFORE,
    first: true,
    last: undefined,
    anchorMet: options.anchor === undefined,
  };
  await walkSeals(database, { walk, check, options });
  const unsealedRows = await checkUnsealed(database, { walk, check, options });
  finish({ walk, check, options, dropped });
  if ((await database.run(readLastRetention))?.number !== retention?.number) {
    findings.problem("the log", "retention ran during the verification: verify again");
  }
  const { sealsChecked, rowsChecked, problems, problemCount, notes } = findings;
  const head = walk.last && { number: walk.last.number, hash: walk.last.hash.toString("hex") };
  return { sealsChecked, rowsChecked, unsealedRows, head, problems, problemCount, notes };
}

interface Verification {
  readonly walk: Walk;
  readonly check: RowCheck;
  readonly options: VerifyOptions;
}

async function walkSeals(database: Database, verification: Verification): Promise<void> {
  const { walk, check, options } = verification;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await database.run((orm) =>
      readSeals(
        orm,
        sql`number > ${after}::bigint and number <= ${Number.MAX_SAFE_INTEGER}::bigint `,
        sql`order by mfa_audit_seals.number limit ${SEALS_A_PAGE}`,
      ),
    );
    if (page.length === 0) return;
    for (const seal of page) {
      checkSeal(seal, verification);
      if (seal.kind === "rows" && overlaps(seal, options)) {
        await database.run((orm) => checkSealedRows(orm, { seal, first: walk.first }, check));
      }
      walk.first = false;
      walk.last = seal;
      after = seal.number;
    }
    options.onProgress({ seals: check.findings.sealsChecked, rows: check.findings.rowsChecked });
  }
}

function checkSeal(seal: Seal, { walk, check: { findings, mac }, options }: Verification): void {
  findings.sealsChecked += 1;
  if (seal.number !== walk.expectedNumber) {
    if (seal.number < walk.expectedNumber) findings.problem(`seal ${seal.number}`, "inserted");
    else findings.problem(`seals ${walk.expectedNumber} to ${seal.number - 1}`, "deleted");
    walk.previousHash = undefined;
  }
  const genuine = isSealGenuine(seal, mac);
  if (!genuine) {
    findings.problem(`seal ${seal.number}`, `edited or inserted; ${misfit(mac, seal.keyId, "signature")}`);
  } else if (walk.previousHash !== undefined && !walk.previousHash.equals(seal.previousHash)) {
    findings.problem(`seal ${seal.number}`, `does not follow the previous seal: one of the two was replaced`);
  }
  const { anchor } = options;
  if (anchor?.number === seal.number && anchor.hash === seal.hash.toString("hex")) walk.anchorMet = true;
  walk.expectedNumber = seal.number + 1;
  walk.previousHash = genuine ? seal.hash : undefined;
}

/** A seal with late rows may have any time before its end. */
function overlaps(seal: Seal, { from, to }: VerifyOptions): boolean {
  const startsBefore = to === undefined || seal.lateIds.length > 0 || seal.fromTime < microseconds(to);
  return startsBefore && (from === undefined || seal.lateIds.length > 0 || seal.toTime > microseconds(from));
}

/** The rows after the newest seal: checks their MACs, and that none is too old. */
async function checkUnsealed(database: Database, { walk, check, options }: Verification): Promise<number> {
  const { findings, mac } = check;
  const end =
    options.to === undefined ? sql`true` : sql`occurred_at < ${microseconds(options.to)}::timestamptz`;
  let where = walk.last === undefined ? end : sql`occurred_at >= ${walk.last.toTime}::timestamptz and ${end}`;
  let [count, oldest] = [0, undefined as StoredRow | undefined];
  for (;;) {
    const page = await database.run((orm) => readStoredRows(orm, where, ROWS_A_PAGE));
    oldest ??= page[0];
    for (const row of page) {
      if (!isGenuine(row, mac)) {
        findings.problem(
          describeRow(row),
          `not sealed yet: edited or inserted; ${misfit(mac, row.key_id, "MAC")}`,
        );
      }
    }
    count += page.length;
    findings.rowsChecked += page.length;
    options.onProgress({ seals: findings.sealsChecked, rows: findings.rowsChecked });
    const last = page.at(-1);
    if (last === undefined || page.length < ROWS_A_PAGE) break;
    where = sql`(occurred_at, id) > (${last.occurred_at}::timestamptz, ${last.id}::uuid) and ${end}`;
  }
  const limit = microseconds(new Date(options.now().getTime() - options.unsealedLimitMs));
  if (oldest !== undefined && oldest.occurred_at < limit) {
    findings.problem(
      `rows since ${oldest.occurred_at}`,
      "have no seal although they are old enough: sealing has stopped, or the newest seals were deleted",
    );
  }
  return count;
}

function finish(verification: Verification & { readonly dropped: Seal["dropped"] }): void {
  const { walk, check, options, dropped } = verification;
  const { findings } = check;
  for (const [id, time] of check.unclaimed) {
    findings.notes.push(`row ${id} of ${time} was written after its interval was sealed; no seal has it yet`);
  }
  if (dropped !== undefined) findings.notes.push(`rows before ${dropped.until} were dropped by retention`);
  const { anchor } = options;
  if (walk.anchorMet || anchor === undefined) return;
  if (dropped !== undefined && anchor.number <= dropped.number) {
    findings.notes.push(`seal ${anchor.number}, the anchor, was dropped by retention`);
  } else {
    findings.problem(`seal ${anchor.number}`, "is not the recorded one: the log was cut off or rewritten");
  }
}
