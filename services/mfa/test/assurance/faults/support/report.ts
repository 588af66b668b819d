import { expect } from "vitest";
import { FORM } from "../../support/form.js";
import type { Recovery } from "./faults.js";
import type { Session } from "./session.js";

/** The note of the campaign's row in the summary. */
export function noteOf(session: Session, recoveries: readonly Recovery[]): string {
  const { books, load } = session;
  const slowest = recoveries.reduce((worst, each) => (each.ms > worst.ms ? each : worst), {
    fault: "none",
    ms: 0,
  });
  return [
    `${recoveries.length} faults`,
    `${books.users.size} users`,
    `${books.approvals} approvals`,
    `${books.lostAnswers} lost answers`,
    `slowest recovery ${slowest.ms} ms (${slowest.fault})`,
    `longest request in flight ${Math.round(load.longestFlightMs)} ms`,
  ].join(", ");
}

/** What the long form prints besides: failures and refusals by reason, and the return of service after each fault. */
export function detailsOf({ journal, books, stage }: Session, recoveries: readonly Recovery[]): string {
  const worst = new Map<string, number[]>();
  for (const { fault, ms } of recoveries) worst.set(fault, [...(worst.get(fault) ?? []), ms]);
  return [
    "failed calls, by reason:",
    ...tableOf(journal.failures),
    "right codes refused, as documented:",
    ...tableOf(books.refusals),
    `failures without a fault near: ${journal.unprovoked.length}`,
    ...journal.unprovoked.slice(0, 10).map((each) => `  ${each}`),
    ...(stage.postgres.disk === undefined
      ? ["full disk: left out, as this user may not mount a file system"]
      : []),
    "service resumed after the end of the fault, in ms:",
    ...[...worst]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([fault, all]) => `  ${fault}: ${all.join(", ")}`),
  ].join("\n");
}

function tableOf(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([, a], [, b]) => b - a).map(([what, count]) => `  ${what}: ${count}`);
}

/** Nothing happened that must not. */
export function expectNothingWrong({ journal, stage, books }: Session, unbalanced: readonly string[]): void {
  const deaths = stage.replicas.flatMap((replica) => replica.deaths);
  const ended = deaths.map(
    ({ replica, output }) => `replica ${replica} ended by itself:\n${output.slice(-1_500)}`,
  );
  const wrong = { ended: ended.slice(0, 3), violations: journal.violations, unbalanced };
  expect(wrong).toEqual({ ended: [], violations: [], unbalanced: [] });
  expect(books.approvals).toBeGreaterThan(0);
  // On a machine that does much else a store may miss its limit without a fault.
  if (FORM.long) expect(journal.unprovoked.slice(0, 10)).toEqual([]);
}
