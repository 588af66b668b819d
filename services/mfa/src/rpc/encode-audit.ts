import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type AuditEventSchema,
  AuditOutcome as OutcomeEnum,
} from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import {
  UserState as StateEnum,
  type UserStateCountSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type { AuditEntry } from "../domain/audit/audit-query.js";
import type { UserState, UserStateCount } from "../domain/enrolment/user-state.js";
import { encodeMethodName } from "./method-enum.js";

const OUTCOMES = new Map([
  ["succeeded", OutcomeEnum.SUCCEEDED],
  ["rejected", OutcomeEnum.REJECTED],
  ["refused", OutcomeEnum.REFUSED],
]);

const STATES: Record<UserState, StateEnum> = {
  pending: StateEnum.PENDING,
  enabled: StateEnum.ENABLED,
  unlock_required: StateEnum.UNLOCK_REQUIRED,
  not_enrolled: StateEnum.NOT_ENROLLED,
};

export function encodeAuditEvent(entry: AuditEntry): MessageInitShape<typeof AuditEventSchema> {
  return {
    id: entry.id,
    createTime: timestampFromDate(new Date(entry.occurredAt)),
    action: entry.action,
    purpose: entry.purpose,
    outcome: OUTCOMES.get(entry.outcome) ?? OutcomeEnum.UNSPECIFIED,
    reason: entry.reason ?? "",
    method: encodeMethodName(entry.method),
    caller: entry.caller,
    userRef: entry.userRef ?? "",
    userId: entry.userId ?? "",
    requestId: entry.requestId,
    context: { ipAddress: entry.ipAddress ?? "", userAgent: entry.userAgent ?? "" },
    details: { ...entry.details },
    actor: entry.administrator ?? "",
  };
}

export function encodeUserStateCount({
  state,
  method,
  count,
}: UserStateCount): MessageInitShape<typeof UserStateCountSchema> {
  return {
    state: STATES[state],
    method: encodeMethodName(method),
    userCount: count,
  };
}
