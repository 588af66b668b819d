import { type Client, createClient } from "@connectrpc/connect";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { type ClientOptions, createTransport } from "./transport.js";

export type MfaClient = Client<typeof MfaService>;
export type MfaAdminClient = Client<typeof MfaAdminService>;
export type PolicyClient = Client<typeof SecurityPolicyService>;

/**
 * A typed client of MfaService over gRPC. One per process is enough: it keeps one connection and reconnects if it breaks.
 *
 * VerifyCode and SendVerificationCode get a fresh `request_id` if the request has none, so that a lost answer can be requested again and nothing is
 * charged or sent twice.
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
