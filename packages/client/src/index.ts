export type { Challenge } from "@countersign/protocol/countersign/mfa/v1/challenge_pb.js";
export { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
export {
  type Approval,
  type GetMfaStatusResponse,
  type MfaDisabled,
  type MfaEnabled,
  MfaRequirementReason,
  type SetupMfaResponse,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
export { type Rejection, RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
export type { TotpEnrolment } from "@countersign/protocol/countersign/mfa/v1/totp_pb.js";
export {
  type CheckedChange,
  type CheckedDisable,
  type CheckedRegenerate,
  type CheckedSetup,
  checkDisable,
  checkRegenerate,
  checkSetup,
} from "./check-change.js";
export { type CheckedCode, checkCode } from "./check-code.js";
export {
  createMfaAdminClient,
  createMfaClient,
  createPolicyClient,
  type MfaAdminClient,
  type MfaClient,
  type PolicyClient,
} from "./clients.js";
export { CountersignError } from "./countersign-error.js";
export {
  type ErrorReasonName,
  type MethodName,
  type MfaRequirementReasonName,
  methodName,
  mfaRequirementReasonName,
  type RejectionReasonName,
  rejectionReasonName,
} from "./enum-names.js";
export { type ErrorDetails, reasonOf, retryAfterMsOf } from "./error-details.js";
export type { Refusal } from "./refusal.js";
export type { ClientOptions } from "./transport.js";
