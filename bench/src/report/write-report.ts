import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spread } from "../measure/spread.js";
import type { BenchOptions } from "../options.js";
import type { Measurement } from "../scenarios/scenario.js";
import { renderChart } from "./chart.js";
import { ratiosOf } from "./ratios.js";
import { summarize } from "./summary.js";
import { renderRatios, renderTable } from "./table.js";

/** What was measured with one number of users. */
export interface Measured {
  readonly users: number;
  /** Until the program answered a health check: in the image's one file, and as `npm start` runs it. */
  readonly startUpMs: { readonly image: Spread; readonly checkout: Spread };
  readonly rounds: readonly (readonly Measurement[])[];
}

/** Prints tables and writes result.json and chart.svg. Answers how many calls failed. */
export function writeReport(
  measured: readonly Measured[],
  { options, machine }: { readonly options: BenchOptions; readonly machine: string },
): number {
  const results = measured.map(({ users, startUpMs, rounds }) => ({
    users,
    startUpMs,
    rows: summarize(rounds.flat()),
    ratios: ratiosOf(rounds, Math.max(...options.inFlight)),
  }));
  for (const { users, startUpMs, rows, ratios } of results) {
    process.stdout.write(`\n${users} users; medians of ${options.rounds} rounds; CPU in µs a call\n\n`);
    process.stdout.write(`${renderTable(rows)}\n\n${renderRatios(ratios)}\n\n`);
    const [image, checkout] = [startUpMs.image, startUpMs.checkout].map(renderMs);
    process.stdout.write(`from process start to the first answer: ${image} as in the image, `);
    process.stdout.write(`${checkout} from a checkout\n`);
  }
  mkdirSync(options.out, { recursive: true });
  const date = new Date().toISOString();
  writeFileSync(
    join(options.out, "result.json"),
    `${JSON.stringify({ date, machine, results }, undefined, 2)}\n`,
  );
  const [first] = results;
  if (first !== undefined) {
    const rows = first.rows.filter(({ inFlight }) => inFlight === Math.max(...options.inFlight));
    writeFileSync(
      join(options.out, "chart.svg"),
      renderChart(rows, `Countersign, ${first.users} users (${machine})`),
    );
  }
  return results.flatMap(({ rows }) => rows).reduce((sum, { failed }) => sum + failed, 0);
}

function renderMs({ median, min, max }: Spread): string {
  return `${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)})`;
}
