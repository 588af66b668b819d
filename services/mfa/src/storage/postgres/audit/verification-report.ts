/** A defect that honest operation does not cause. */
export interface AuditProblem {
  /** Its subject: `row <id> of <time>`, `seal <number>`, `rows since <time>`. */
  readonly where: string;
  readonly what: string;
}

export interface AuditReport {
  readonly sealsChecked: number;
  readonly rowsChecked: number;
  /** Rows not sealed yet, among those checked. Their MACs were checked, but a deleted one would not be noticed. */
  readonly unsealedRows: number;
  /** The newest seal. Stored elsewhere, it later proves that nothing up to it was cut off. */
  readonly head: { readonly number: number; readonly hash: string } | undefined;
  /** The first MAX_LISTED of them, in the order of the log. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
  /** Remarks that are no problems. */
  readonly notes: readonly string[];
}

/** A log that was rewritten as a whole must not fill the memory. */
const MAX_LISTED = 1_000;

/** Collects what a verification finds. */
export class Findings {
  readonly problems: AuditProblem[] = [];
  readonly notes: string[] = [];
  problemCount = 0;
  rowsChecked = 0;
  sealsChecked = 0;

  problem(where: string, what: string): void {
    this.problemCount += 1;
    if (this.problems.length < MAX_LISTED) this.problems.push({ where, what });
  }
}
