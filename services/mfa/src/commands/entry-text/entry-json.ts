import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { methodText } from "./method-text.js";
import { outcomeText } from "./outcome-text.js";
import { timeOf } from "./time-text.js";

/** An entry of the audit log for programs, without absent fields. */
export function entryJson(entry: AuditEvent): object {
  const { id, action, purpose, reason, caller, userRef, userId, requestId, context, actor, details } = entry;
  return {
    id,
    time: timeOf(entry.createTime),
    action,
    purpose,
    outcome: outcomeText(entry.outcome),
    ...given({ reason, actor, userRef, userId }),
    method: methodText(entry.method),
    caller,
    requestId,
    ...given({ ipAddress: context?.ipAddress ?? "", userAgent: context?.userAgent ?? "" }),
    details,
  };
}

function given(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
}
