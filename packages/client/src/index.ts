export { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
export { MfaRequirementReason } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
export { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
export { type CheckedCode, checkCode } from "./check-code.js";
export {
  createMfaAdminClient,
  createMfaClient,
  createPolicyClient,
  type MfaAdminClient,
  type MfaClient,
  type PolicyClient,
} from "./clients.js";
export { reasonOf, retryAfterMsOf } from "./error-details.js";
export type { ClientOptions } from "./transport.js";
