import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { Health } from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { ServerReflection } from "@countersign/protocol/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "@countersign/protocol/grpc/reflection/v1alpha/reflection_pb.js";
import { openCallers } from "../../compose/callers.js";
import { Closer } from "../../compose/closer.js";
import type { ServiceConfig } from "../../config/service-config.js";
import type { Reloads } from "../../reload/reloads.js";
import { type Finding, findingsOf } from "../findings/finding.js";

const { ok, warning, failed } = findingsOf("callers");

/** Reads the callers file and the keys of their tokens, also over the network. */
export async function* checkCallers(config: ServiceConfig, reloads: Reloads): AsyncIterable<Finding> {
  if (config.callers === undefined) {
    yield warning("every process on this machine may call", "set CALLERS_FILE (docs/callers.md)");
    return;
  }
  const refused = new Set<string>();
  await using closer = new Closer();
  await openCallers(config, {
    services: permittable(config),
    record: () => Promise.resolve(),
    now: () => new Date(),
    hostNow: () => new Date(),
    log: reloads.log,
    reloads: {
      ...reloads,
      observe: (source, outcome) => {
        if (outcome === "refused") refused.add(source);
      },
    },
    closer,
  });
  yield ok("the callers file is sound");
  const { bearer } = config.callers;
  if (bearer === undefined) return;
  // Only an address may fail to answer without stopping the start: until it answers, no token is accepted.
  yield refused.has("caller_keys")
    ? failed(
        "CALLER_JWKS_URL gives no key set that can be used: no bearer token would be accepted",
        "check that this machine reaches the address, and that it publishes a JSON Web Key Set",
      )
    : ok(`bearer tokens of ${bearer.issuer} for ${bearer.audience} can be verified`);
}

/** The names that permissions may use. */
function permittable({ reflection }: ServiceConfig) {
  const served = [MfaService, MfaAdminService, SecurityPolicyService, Health];
  return reflection ? [...served, ServerReflection, ServerReflectionAlpha] : served;
}
