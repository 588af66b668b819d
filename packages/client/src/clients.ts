import { type Client, createClient } from "@connectrpc/connect";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { type ClientOptions, createTransport } from "./transport.js";

export type MfaClient = Client<typeof MfaService>;
export type MfaAdminClient = Client<typeof MfaAdminService>;
export type PolicyClient = Client<typeof SecurityPolicyService>;

/**
 * A typed client of MfaService over gRPC. One is enough for a process: it keeps one connection and makes it anew when it breaks.
 *
 * VerifyCode and SendVerificationCode go out under a fresh `request_id` where the request names none, so that a lost answer is asked for
 * again and nothing is charged or sent twice.
 */
export function createMfaClient(options: ClientOptions): MfaClient {
  return createClient(MfaService, createTransport(options));
}

/** For support, compliance and operations: MfaAdminService. */
export function createMfaAdminClient(options: ClientOptions): MfaAdminClient {
  return createClient(MfaAdminService, createTransport(options));
}

/** For the services that enforce their part of the policy: SecurityPolicyService. */
export function createPolicyClient(options: ClientOptions): PolicyClient {
  return createClient(SecurityPolicyService, createTransport(options));
}
