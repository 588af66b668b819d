import { type AuditEvent, AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";

/** What is counted, in the order of the columns. */
export const COUNTED = ["rejected", "locks", "sent", "failed", "limited", "refused"] as const;
export type Counted = (typeof COUNTED)[number];
export type Counts = Readonly<Record<Counted, number>>;

/** Counts of the entries of one caller, address, country or provider. */
export interface Row extends Counts {
  readonly name: string;
}

export interface Tally {
  readonly total: Counts;
  readonly byCaller: readonly Row[];
  readonly byAddress: readonly Row[];
  readonly byCountry: readonly Row[];
  readonly byProvider: readonly Row[];
}

/** Placeholder for a missing value. */
const UNTOLD = "-";

/** Counts entries, the busiest rows first. `countryOf` names the country of an address. */
export function tally(
  entries: readonly AuditEvent[],
  countryOf: (address: string) => string | undefined,
): Tally {
  const counted = entries.map((entry) => ({ entry, as: countedAs(entry) }));
  const rowsBy = (nameOf: (entry: AuditEvent) => string | undefined) => {
    const rows = new Map<string, Record<Counted, number>>();
    for (const { entry, as } of counted) {
      const name = nameOf(entry);
      if (as.length === 0 || name === undefined) continue;
      const row = rows.get(name) ?? noCounts();
      add(row, as);
      rows.set(name, row);
    }
    return Array.from(rows, ([name, row]) => ({ name, ...row })).sort(busiestFirst);
  };
  const total = noCounts();
  for (const { as } of counted) add(total, as);
  return {
    total,
    byCaller: rowsBy(({ caller }) => caller),
    byAddress: rowsBy((entry) => addressOf(entry) ?? UNTOLD),
    byCountry: rowsBy((entry) => countryOfEntry(entry, countryOf)),
    byProvider: rowsBy((entry) => (isMessage(entry) ? (entry.details.provider ?? UNTOLD) : undefined)),
  };
}

/** A rejected code that locks its user counts as both. */
function countedAs(entry: AuditEvent): readonly Counted[] {
  const { action, outcome, reason, details } = entry;
  if (action === "answer_repeated") return [];
  if (outcome === AuditOutcome.SUCCEEDED) return action === "send_verification_code" ? ["sent"] : [];
  if (outcome === AuditOutcome.REJECTED) {
    if (action === "failure_limit_reached") return ["locks"];
    return details.lock_ms === undefined ? ["rejected"] : ["rejected", "locks"];
  }
  if (reason === "DELIVERY_FAILED") return ["failed"];
  if (action === "send_notice") return [];
  return [reason === "SEND_RATE_LIMITED" ? "limited" : "refused"];
}

function isMessage(entry: AuditEvent): boolean {
  return countedAs(entry).some((column) => column === "sent" || column === "failed");
}

/** Of the phone number that a message went to, else of the user's device. */
function countryOfEntry(
  entry: AuditEvent,
  countryOf: (address: string) => string | undefined,
): string | undefined {
  const address = addressOf(entry);
  return entry.details.country ?? (address === undefined ? undefined : countryOf(address)) ?? UNTOLD;
}

function addressOf({ context }: AuditEvent): string | undefined {
  return context === undefined || context.ipAddress === "" ? undefined : context.ipAddress;
}

function noCounts(): Record<Counted, number> {
  return { rejected: 0, locks: 0, sent: 0, failed: 0, limited: 0, refused: 0 };
}

function add(row: Record<Counted, number>, columns: readonly Counted[]): void {
  for (const column of columns) row[column] += 1;
}

function busiestFirst(a: Row, b: Row): number {
  return sumOf(b) - sumOf(a) || (a.name < b.name ? -1 : 1);
}

function sumOf(row: Counts): number {
  return COUNTED.reduce((sum, column) => sum + row[column], 0);
}
