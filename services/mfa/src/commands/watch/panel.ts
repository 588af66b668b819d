import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { textTable } from "../command-line/text-table.js";
import { entryTable } from "../entry-text/entry-table.js";
import { timeText } from "../entry-text/time-text.js";
import type { Recent } from "./recent-entries.js";
import { COUNTED, type Counts, type Row, type Tally } from "./tally.js";

/** The result of one poll. */
export interface Look {
  readonly at: Date;
  readonly minutes: number;
  readonly recent: Recent;
  readonly tally: Tally;
}

const MOST_ROWS = 8;
const LATEST = 5;

/** One poll, for people. */
export function panel({ at, minutes, recent, tally }: Look): string {
  const { total, byCaller, byAddress, byCountry, byProvider } = tally;
  const groups: readonly (readonly [string, readonly Row[]])[] = [
    ["BY CALLER", byCaller],
    ["BY ADDRESS", byAddress],
    ["BY COUNTRY", byCountry],
    ["BY PROVIDER", byProvider],
  ];
  const rows = [line("ALL", total), ...groups.flatMap(([title, group]) => groupRows(title, group))];
  const head = `${timeText(at, at)}, the last ${minutes} minutes`;
  const partial = recent.complete ? "" : "; there was more than is read, so that counts are too low";
  return [
    `${head}${partial}`,
    "",
    ...textTable(["", ...COUNTED.map((column) => column.toUpperCase())], rows),
    ...latest(recent.entries),
  ].join("\n");
}

function groupRows(title: string, rows: readonly Row[]): readonly (readonly string[])[] {
  if (rows.length === 0) return [];
  const more = rows.length - MOST_ROWS;
  const shown = rows.slice(0, MOST_ROWS).map((row) => line(`  ${row.name}`, row));
  return [[title], ...shown, ...(more > 0 ? [[`  and ${more} more`]] : [])];
}

function line(name: string, counts: Counts): readonly string[] {
  return [name, ...COUNTED.map((column) => (counts[column] === 0 ? "." : String(counts[column])))];
}

function latest(entries: readonly AuditEvent[]): readonly string[] {
  return entries.length === 0 ? [] : ["", ...entryTable(entries.slice(0, LATEST))];
}
