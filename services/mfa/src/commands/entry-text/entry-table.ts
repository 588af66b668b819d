import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { textTable } from "../command-line/text-table.js";
import { methodText } from "./method-text.js";
import { outcomeText } from "./outcome-text.js";
import { timeOf } from "./time-text.js";

const HEAD = ["TIME (UTC)", "ACTION", "OUTCOME", "REASON", "METHOD", "CALLER", "ADDRESS", "ACTOR", "DETAILS"];

/** Entries of the audit log for people, one line each, in the given order. */
export function entryTable(entries: readonly AuditEvent[]): readonly string[] {
  return textTable(
    HEAD,
    entries.map((entry) =>
      [
        timeOf(entry.createTime)?.toISOString().replace("T", " ").slice(0, 19),
        entry.action,
        outcomeText(entry.outcome),
        entry.reason,
        methodText(entry.method),
        entry.caller,
        entry.context?.ipAddress,
        entry.actor,
        detailsText(entry.details),
      ].map((cell) => (cell === undefined || cell === "" ? "-" : cell)),
    ),
  );
}

function detailsText(details: Readonly<Record<string, string>>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}=${/^[\w.:+-]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(" ");
}
