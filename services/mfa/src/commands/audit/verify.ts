import { SEAL_LAG_MS } from "../../storage/postgres/audit/seal-job.js";
import type { AuditReport } from "../../storage/postgres/audit/verification-report.js";
import { type VerifyOptions, verifyAudit } from "../../storage/postgres/audit/verify-audit.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { openAudit } from "./open-audit.js";

const MINUTE = 60_000;
/** Sealing runs every minute. A row of this age without a seal means that sealing has stopped or that a seal was deleted. */
const UNSEALED_LIMIT_MS = SEAL_LAG_MS + 15 * MINUTE;
const PROGRESS_MS = 2_000;

export interface VerifyFlags {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  readonly anchor: { readonly number: number; readonly hash: string } | undefined;
  readonly json: boolean | undefined;
}

/** Checks every row and seal, and prints what it finds. Exit code 1: the log is not intact. */
export async function runVerify(context: ProgramContext, { json, ...range }: VerifyFlags): Promise<number> {
  const config = await context.configs.audit();
  await using work = await openAudit(config, config.database, context.now);
  const report = await verifyAudit(work.database, {
    ...work,
    ...given(range),
    unsealedLimitMs: UNSEALED_LIMIT_MS,
    onProgress: progressPrinter(context),
  });
  const whole = report.problemCount === 0;
  context.print(json === true ? JSON.stringify({ whole, ...report }) : describeReport(report));
  return whole ? 0 : 1;
}

function given({
  from,
  to,
  anchor,
}: Omit<VerifyFlags, "json">): Pick<VerifyOptions, "from" | "to" | "anchor"> {
  return { ...(from && { from }), ...(to && { to }), ...(anchor && { anchor }) };
}

/** Progress, on standard error, so that the report can be redirected. */
function progressPrinter({ note }: Pick<ProgramContext, "note">): VerifyOptions["onProgress"] {
  let last = performance.now();
  return ({ seals, rows }) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    note(`checked ${seals} seals, ${rows} rows ...`);
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
  return lines.join("\n");
}
