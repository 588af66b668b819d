import type { Spread } from "../measure/spread.js";
import { profileShares } from "./profile-shares.js";
import type { Ratio } from "./ratios.js";
import type { Row } from "./summary.js";

const COLUMNS = [
  "",
  "in flight",
  "calls/s (min to max)",
  "p50 ms",
  "p99 ms",
  "server",
  "Postgres",
  "Redis",
  "client",
  "MB",
];

/** A Markdown table: medians, and the spread of the throughput. CPU in µs a call. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.failed === 0 ? row.name : `${row.name} (${row.failed} FAILED)`,
    String(row.inFlight),
    `${whole(row.perSecond.median)} (${whole(row.perSecond.min)} to ${whole(row.perSecond.max)})`,
    row.p50Ms.median.toFixed(1),
    row.p99Ms.median.toFixed(1),
    ...[row.serverCpu, row.postgresCpu, row.redisCpu, row.clientCpu, row.residentMb].map(median),
  ]);
  return markdown([COLUMNS, ...lines]);
}

export function renderRatios(ratios: readonly Ratio[]): string {
  const lines = ratios.map(({ what, value, target }) => [
    what,
    value.toFixed(2),
    target.text,
    target.met(value) ? "met" : "missed",
  ]);
  return markdown([["ratio, of the rounds' median", "measured", "target", ""], ...lines]);
}

/** Of the newest profile in a folder. */
export function renderProfile(folder: string): string {
  const lines = profileShares(folder).map(({ part, share }) => [part, `${whole(share * 100)} %`]);
  return markdown([["the server's own time, by its profile", "share"], ...lines]);
}

function median(spread: Spread): string {
  return whole(spread.median);
}

function whole(value: number): string {
  return value.toFixed(0);
}

function markdown(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(3, ...lines.map((line) => (line[column] ?? "").length)),
  );
  const render = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [lines[0] ?? [], rule, ...lines.slice(1)].map(render).join("\n");
}
