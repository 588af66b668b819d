import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";

const READS: ReadonlySet<string> = new Set(["get_mfa_status", "is_mfa_required", "list_audit_events"]);

/** Whether the entry is of a read. Every login and every command about a user adds some. */
export function isRead({ action }: AuditEvent): boolean {
  return READS.has(action);
}
