import type { Mac } from "@countersign/field-crypto";
import { SEAL_LAG_MS } from "../storage/postgres/audit/seal-job.js";
import type { AuditReport } from "../storage/postgres/audit/verification-report.js";
import { type VerifyOptions, verifyAudit } from "../storage/postgres/audit/verify-audit.js";
import type { Database } from "../storage/postgres/database/database.js";

const MINUTE = 60_000;
/** Sealing runs every minute; what is this old and has no seal was forgotten, or its seal was taken away. */
const UNSEALED_LIMIT_MS = SEAL_LAG_MS + 15 * MINUTE;
const PROGRESS_MS = 2_000;

interface VerifyArguments {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly anchor?: string | undefined;
}

/** Prints what it finds. Exit codes: 0 the log is whole, 1 it is not, 2 a mistake in the command. */
export async function runVerify(
  work: { readonly database: Database; readonly mac: Mac; readonly now: () => Date },
  given: VerifyArguments,
): Promise<number> {
  const range = parseRange(given);
  if ("problem" in range) {
    process.stderr.write(`countersign: ${range.problem}\n`);
    return 2;
  }
  const report = await verifyAudit(work.database, {
    ...work,
    ...range,
    unsealedLimitMs: UNSEALED_LIMIT_MS,
    onProgress: progressPrinter(),
  });
  process.stdout.write(describeReport(report));
  return report.problemCount === 0 ? 0 : 1;
}

function parseRange(
  given: VerifyArguments,
): Pick<VerifyOptions, "from" | "to" | "anchor"> | { readonly problem: string } {
  const range: { from?: Date; to?: Date } = {};
  for (const name of ["from", "to"] as const) {
    const text = given[name];
    if (text === undefined) continue;
    const time = new Date(text);
    if (Number.isNaN(time.getTime()))
      return { problem: `--${name} must be a time such as 2026-11-23T00:00:00Z` };
    range[name] = time;
  }
  if (given.anchor === undefined) return range;
  const [, number, hash] = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(given.anchor) ?? [];
  if (number === undefined || hash === undefined)
    return { problem: "--anchor must be NUMBER:HASH, as audit verify prints it" };
  return { ...range, anchor: { number: Number(number), hash } };
}

/** On standard error and now and then, so that the report can be kept by itself. */
function progressPrinter(): VerifyOptions["onProgress"] {
  let last = performance.now();
  return ({ seals, rows }) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    process.stderr.write(`checked ${seals} seals, ${rows} rows ...\n`);
  };
}

function describeReport(report: AuditReport): string {
  const { sealsChecked, rowsChecked, unsealedRows, head, problems, problemCount } = report;
  const lines = [
    `checked ${sealsChecked} seals and ${rowsChecked} rows, ${unsealedRows} of them not sealed yet`,
    ...report.notes.map((note) => `note: ${note}`),
    ...problems.map(({ where, what }) => `PROBLEM ${where}: ${what}`),
  ];
  if (problemCount > problems.length) lines.push(`and ${problemCount - problems.length} more problems`);
  if (head !== undefined) {
    lines.push(`newest seal: ${head.number}:${head.hash} (keep it elsewhere, for --anchor)`);
  }
  lines.push(problemCount === 0 ? "the audit log is whole" : `FAILED: ${problemCount} problem(s)`);
  return `${lines.join("\n")}\n`;
}
