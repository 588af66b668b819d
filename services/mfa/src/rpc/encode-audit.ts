import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type AuditEventSchema,
  AuditOutcome as OutcomeEnum,
} from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { Method as MethodEnum } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import {
  UserState as StateEnum,
  type UserStateCountSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type { AuditEntry } from "../domain/audit/audit-query.js";
import type { UserState, UserStateCount } from "../domain/enrolment/user-state.js";
import { encodeMethod } from "./encode.js";

const OUTCOMES = new Map([
  ["succeeded", OutcomeEnum.SUCCEEDED],
  ["rejected", OutcomeEnum.REJECTED],
  ["refused", OutcomeEnum.REFUSED],
]);

const METHODS = new Map([
  ["totp", MethodEnum.TOTP],
  ["sms", MethodEnum.SMS],
  ["email", MethodEnum.EMAIL],
  ["backup_code", MethodEnum.BACKUP_CODE],
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
    method: METHODS.get(entry.method ?? "") ?? MethodEnum.UNSPECIFIED,
    caller: entry.caller,
    userRef: entry.userRef ?? "",
    userId: entry.userId ?? "",
    requestId: entry.requestId,
    context: { ipAddress: entry.ipAddress ?? "", userAgent: entry.userAgent ?? "" },
    details: { ...entry.details },
  };
}

export function encodeUserStateCount({
  state,
  method,
  count,
}: UserStateCount): MessageInitShape<typeof UserStateCountSchema> {
  return {
    state: STATES[state],
    method: method === undefined ? MethodEnum.UNSPECIFIED : encodeMethod(method),
    userCount: count,
  };
}
