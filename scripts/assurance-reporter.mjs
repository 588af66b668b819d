const COLUMNS = ["campaign", "calls", "seconds", "result", "seed", "note"];

/** Prints the summary of the assurance suite's campaigns, where any were run. */
export default class AssuranceReporter {
  onTestRunEnd(modules) {
    const rows = modules.flatMap((module) => [...module.children.allTests()].flatMap(rowOf));
    if (rows.length === 0) return;
    const table = [COLUMNS, ...rows];
    const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column].length)));
    console.log("\nAssurance campaigns");
    for (const row of table)
      console.log(
        row
          .map((cell, at) => cell.padEnd(widths[at]))
          .join("  ")
          .trimEnd(),
      );
  }
}

/** The row of a test that is a campaign; its name and numbers come from services/mfa/test/assurance/support/campaign.ts. */
function rowOf(test) {
  const row = test.meta().assurance;
  if (row === undefined) return [];
  const seconds = ((test.diagnostic()?.duration ?? 0) / 1000).toFixed(1);
  return [[row.campaign, String(row.calls), seconds, test.result().state, String(row.seed), row.note]];
}
