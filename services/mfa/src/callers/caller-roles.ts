import type { DescMethod } from "@bufbuild/protobuf";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";

const mfa = MfaService.method;
const policy = SecurityPolicyService.method;
const admin = MfaAdminService.method;

/**
 * What a role permits, RPC by RPC. An RPC that is added to the API is denied to every role until it is listed here. Verifying a code, enrolling and
 * disabling are separate roles, so that a login front end can never weaken an account.
 */
export const CALLER_ROLES: Readonly<Record<string, readonly DescMethod[]>> = {
  verify: [mfa.sendVerificationCode, mfa.verifyCode],
  enrol: [mfa.setupMfa, mfa.verifySetup, mfa.sendVerificationCode, mfa.regenerateBackupCodes],
  disable: [mfa.disableMfa],
  status: [mfa.getMfaStatus, mfa.isMfaRequired],
  policy: [policy.getSecurityPolicy],
  support: [admin.resetMfa, admin.unlockUser],
  erasure: [admin.eraseUser],
  auditor: [admin.listAuditEvents],
  operator: [admin.listUsersByState],
  importer: [admin.importUser],
};
