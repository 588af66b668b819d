import type { BatchOutcome, RefusedLine } from "../../app/import-export/import-batch.js";
import type { ImportExportContext } from "./context.js";

/** How often progress is printed for a person. */
const PROGRESS_MS = 1_000;

export interface ImportReport {
  readonly add: (outcome: BatchOutcome) => void;
  /** Prints the totals and returns the exit code. */
  readonly end: () => number;
  /** Prints the progress made before a fault. */
  readonly stop: () => void;
}

interface Sums {
  lines: number;
  imported: number;
  there: number;
  refused: number;
}

/**
 * Prints every refused line by number, field and problem; then totals. JSON lines for a program, else lines for a person. The content of a line is
 * never repeated.
 */
export function importReport(
  { print, note, now }: Pick<ImportExportContext, "print" | "note" | "now">,
  { json, dryRun }: { readonly json: boolean; readonly dryRun: boolean },
): ImportReport {
  const start = now().getTime();
  const sums: Sums = { lines: 0, imported: 0, there: 0, refused: 0 };
  let reportedAt = start;
  const rate = () => Math.round((sums.lines * 1_000) / Math.max(1, now().getTime() - start));
  const report = (event: "progress" | "end") => {
    reportedAt = now().getTime();
    if (json) print(JSON.stringify({ event, dryRun, ...sums, linesPerSecond: rate() }));
    else note(`${sums.lines} lines, ${rate()}/s`);
  };
  return {
    add({ lines, imported, there, refused }) {
      sums.lines += lines;
      sums.imported += imported;
      sums.there += there;
      sums.refused += refused.length;
      for (const line of refused) for (const text of refusals(line, json)) print(text);
      if (json || now().getTime() - reportedAt >= PROGRESS_MS) report("progress");
    },
    end() {
      report("end");
      if (!json) print(inWords(sums, dryRun));
      return sums.refused === 0 ? 0 : 1;
    },
    stop() {
      if (sums.lines > 0) note(`stopped after ${sums.lines} lines: ${inWords(sums, dryRun)}; run it again`);
    },
  };
}

function refusals({ number, problems }: RefusedLine, json: boolean): readonly string[] {
  return problems.map(({ field, description }) =>
    json
      ? JSON.stringify({ event: "refused", line: number, field, problem: description })
      : `line ${number}: ${field} ${description}`,
  );
}

function inWords({ imported, there, refused }: Sums, dryRun: boolean): string {
  const verb = dryRun ? "would be imported" : "imported";
  return `${imported} users ${verb}, ${there} were there as given, ${refused} lines refused`;
}
