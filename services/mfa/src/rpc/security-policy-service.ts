import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { type ServedService, serveService } from "@countersign/rpc-server";
import type { SecurityConfig, SecurityWarning } from "@countersign/security-config";
import { encodePolicy, encodeWarning } from "./encode-policy.js";

/** Serves the current policy to other services. */
export function createSecurityPolicyService(policy: {
  readonly config: () => SecurityConfig;
  readonly warnings: () => readonly SecurityWarning[];
}): ServedService {
  return serveService(SecurityPolicyService, {
    getSecurityPolicy: () =>
      Promise.resolve({
        policy: encodePolicy(policy.config()),
        warnings: policy.warnings().map(encodeWarning),
      }),
  });
}
