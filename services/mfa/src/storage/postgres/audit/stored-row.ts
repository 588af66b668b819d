import type { Mac } from "@countersign/field-crypto";
import { type SQL, sql } from "drizzle-orm";
import { type Orm, queryRows } from "../database/database.js";
import { type CoveredColumns, canonicalJson, macParts } from "./audit-table.js";

/** A row as stored, which may have been altered. */
export interface StoredRow extends CoveredColumns {
  readonly id: string;
  readonly occurred_at: string;
  readonly key_id: string;
  readonly mac: Buffer;
}

/** A time in UTC to the microsecond: texts of this form sort as the times do. */
export function utcText(column: string): SQL {
  return sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);
}

/** Rows that match a condition, oldest first. */
export async function readStoredRows(orm: Orm, where: SQL, limit?: number): Promise<StoredRow[]> {
  const rows = await queryRows<Omit<StoredRow, "details"> & { readonly details: unknown }>(
    orm,
    sql`
    select id::text, coalesce(${utcText("occurred_at")}, 'infinity') as occurred_at, action, purpose, outcome, reason, method, caller, user_ref, request_id,
      ip_address, user_agent, details, key_id, mac
    from mfa_audit_events where ${where} order by mfa_audit_events.occurred_at, mfa_audit_events.id
    ${limit === undefined ? sql`` : sql`limit ${limit}`}`,
  );
  return rows.map((row) => ({ ...row, mac: Buffer.from(row.mac), details: detailsText(row.details) }));
}

/** PGlite parses jsonb; postgres.js under Drizzle returns it as text. */
export function detailsText(details: unknown): string | null {
  if (details === null || details === undefined) return null;
  const value: unknown = typeof details === "string" ? JSON.parse(details) : details;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? canonicalJson(value as Record<string, unknown>) : JSON.stringify(value);
}

/** Whether the row's MAC is valid. Also false if its key is unknown or retired. */
export function isGenuine(row: StoredRow, mac: Mac): boolean {
  return mac.verify(macParts(row), row.mac, row.key_id);
}
