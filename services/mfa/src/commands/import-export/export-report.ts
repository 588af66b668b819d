import type { ImportExportContext } from "./context.js";

const PROGRESS_MS = 1_000;

export interface ExportReport {
  readonly written: () => number;
  readonly add: (users: number) => void;
  readonly refuse: (factorId: string) => void;
  /** Prints the totals and returns the exit code. */
  readonly end: () => number;
}

/** Progress of an export, on standard error and never among the sealed bytes. */
export function exportReport(
  { note, now }: Pick<ImportExportContext, "note" | "now">,
  users: number,
): ExportReport {
  let [written, refused, toldAt] = [0, 0, now().getTime()];
  return {
    written: () => written,
    add(count) {
      written += count;
      if (now().getTime() - toldAt < PROGRESS_MS) return;
      toldAt = now().getTime();
      note(`${written} of ${users} users`);
    },
    refuse(factorId) {
      refused += 1;
      note(`alarm: factor ${factorId} does not open, its user is left out`);
    },
    end() {
      note(`${written} users written, ${refused} left out`);
      return refused === 0 ? 0 : 1;
    },
  };
}
