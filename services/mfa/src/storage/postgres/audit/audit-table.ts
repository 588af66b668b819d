import type { KeyedMac, TuplePart } from "@countersign/field-crypto";
import { type SQL, sql } from "drizzle-orm";
import { type AnyAuditEvent, MAX_DETAILS_BYTES, purposeOf } from "../../../domain/audit/audit-event.js";
import type { UserId } from "../../../domain/user-id.js";
import { uuidV7 } from "./uuid-v7.js";

/** The columns that the MAC covers, in order, with the types that parameters are cast to. */
const COVERED = {
  id: "uuid",
  occurred_at: "timestamptz",
  action: "text",
  purpose: "text",
  outcome: "text",
  reason: "text",
  method: "text",
  caller: "text",
  user_ref: "text",
  request_id: "text",
  ip_address: "text",
  user_agent: "text",
  // Through text: the driver would encode a parameter of type jsonb as JSON a second time.
  details: "text::jsonb",
} as const;
const COVERED_COLUMNS = Object.keys(COVERED) as readonly (keyof typeof COVERED)[];
const COLUMNS = { ...COVERED, key_id: "text", mac: "text::bytea" } as const;

/** The input of the MAC: every column that the service writes, as text. */
export type CoveredColumns = Readonly<Record<keyof typeof COVERED, string | null>>;

/** One row of the audit log as it is inserted, every value as text. */
export type AuditRow = CoveredColumns & { readonly key_id: string; readonly mac: string };

/** Makes the row of an event: its id, its pseudonym and its MAC. The only source of rows. */
export type AuditRowMaker = (event: AnyAuditEvent) => AuditRow;

export function createAuditRowMaker(parts: {
  readonly userRef: (userId: UserId) => string;
  readonly sign: (parts: readonly TuplePart[]) => KeyedMac;
  /** A fresh UUID v4. */
  readonly randomId: () => string;
}): AuditRowMaker {
  return (event) => {
    const covered = coveredColumns(event, {
      id: uuidV7(event.at, parts.randomId()),
      userRef: event.userId === undefined ? null : parts.userRef(event.userId),
    });
    const { keyId, mac } = parts.sign(macParts(covered));
    return { ...covered, key_id: keyId, mac: `\\x${mac.toString("hex")}` };
  };
}

function coveredColumns(
  event: AnyAuditEvent,
  made: { readonly id: string; readonly userRef: string | null },
): CoveredColumns {
  const { actor } = event;
  return {
    id: made.id,
    occurred_at: microseconds(event.at),
    action: event.action,
    purpose: purposeOf(event),
    outcome: event.outcome,
    reason: event.reason ?? null,
    method: event.method ?? null,
    caller: actor.caller,
    user_ref: made.userRef,
    request_id: actor.requestId,
    ip_address: actor.context.ipAddress ?? null,
    user_agent: actor.context.userAgent ?? null,
    details: event.details === undefined ? null : boundedDetails(event.details),
  };
}

/** A time as text in the table's resolution: a MAC over a coarser time would let the rest be edited. */
export function microseconds(at: Date): string {
  return `${at.toISOString().slice(0, -1)}000Z`;
}

function boundedDetails(details: Readonly<Record<string, string>>): string {
  const json = canonicalJson(details);
  if (Buffer.byteLength(json) > MAX_DETAILS_BYTES)
    throw new RangeError("the details of an event are too large");
  return json;
}

/** jsonb keeps neither order nor blanks: both sides of a comparison use this form. */
export function canonicalJson(object: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Injective: NULL is the empty part, and every text has a letter before it. */
export function macParts(row: CoveredColumns): TuplePart[] {
  const parts = ["audit-event"];
  for (const column of COVERED_COLUMNS) {
    const value = row[column];
    parts.push(value === null ? "" : `=${value}`);
  }
  return parts;
}

/** The values of one row, in the order of `INSERT_AUDIT`. */
export function auditValues(row: AuditRow): SQL {
  const values = Object.entries(COLUMNS).map(
    ([column, type]) => sql`${row[column as keyof AuditRow]}::${sql.raw(type)}`,
  );
  return sql.join(values, sql.raw(", "));
}

/** The names of the columns, for statements that insert many rows. */
export const AUDIT_COLUMNS = sql.raw(Object.keys(COLUMNS).join(", "));

/** The row as JSON for `jsonb_populate_record`, for statements that insert many rows. */
export function auditJson(row: AuditRow): object {
  return row.details === null ? row : { ...row, details: JSON.parse(row.details) as object };
}

/** The beginning of every insert into the audit log. */
export const INSERT_AUDIT = sql`insert into mfa_audit_events (${AUDIT_COLUMNS})`;

/** The whole insert of one row. */
export function insertAuditRow(row: AuditRow): SQL {
  return sql`${INSERT_AUDIT} values (${auditValues(row)})`;
}
