import { AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";

const TEXTS: ReadonlyMap<AuditOutcome, string> = new Map([
  [AuditOutcome.SUCCEEDED, "succeeded"],
  [AuditOutcome.REJECTED, "rejected"],
  [AuditOutcome.REFUSED, "refused"],
]);

export function outcomeText(outcome: AuditOutcome): string {
  return TEXTS.get(outcome) ?? "unknown";
}
