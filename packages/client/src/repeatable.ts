import {
  clone,
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";

/** Repeating these makes no difference: the API reference calls each of them idempotent. */
const IDEMPOTENT: ReadonlySet<DescMethod> = new Set<DescMethod>([
  MfaService.method.getMfaStatus,
  MfaService.method.isMfaRequired,
  SecurityPolicyService.method.getSecurityPolicy,
  ...MfaAdminService.methods.filter((method) => method !== MfaAdminService.method.importUser),
]);

/** These are idempotent with a `request_id`: the service gives the same request the same answer, and charges it once. */
const REPEATABLE_BY_ID: ReadonlySet<DescMethod> = new Set<DescMethod>([
  MfaService.method.verifyCode,
  MfaService.method.sendVerificationCode,
]);

/** Whether a call of this method may be sent again though it may have taken effect. */
export function isRepeatable(method: DescMethod): boolean {
  return IDEMPOTENT.has(method) || REPEATABLE_BY_ID.has(method);
}

/** The request as sent, the same at each try: with an id if one makes it repeatable, so that these methods always are. */
export function repeatableRequest<I extends DescMessage>(
  method: DescMethodUnary<I>,
  message: MessageInitShape<I>,
  newId: () => string,
): MessageShape<I> {
  const request = create(method.input, message);
  const named = !REPEATABLE_BY_ID.has(method) || !("requestId" in request) || request.requestId !== "";
  return named ? request : Object.assign(clone(method.input, request), { requestId: newId() });
}
