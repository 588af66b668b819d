import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";

const LOOKS: ReadonlySet<string> = new Set(["get_mfa_status", "is_mfa_required", "list_audit_events"]);

/** Whether somebody only read about the user: each login does, and each command about a user. */
export function isLook({ action }: AuditEvent): boolean {
  return LOOKS.has(action);
}
