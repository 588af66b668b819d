import { createReflection, rpcName, type ServedService } from "@countersign/rpc-server";
import type { ServiceConfig } from "../config/service-config.js";
import { createHealthBoard, type HealthBoard } from "../readiness/health-board.js";
import { withRefusalsAudited } from "../rpc/audit-refusals.js";
import { withUsersNamed } from "../rpc/call-facts.js";
import { withClientAddressRules } from "../rpc/client-address-rules.js";
import { createMfaAdminService } from "../rpc/mfa-admin-service.js";
import { createMfaService } from "../rpc/mfa-service.js";
import { createSecurityPolicyService } from "../rpc/security-policy-service.js";
import { withUniformAnswers } from "../rpc/uniform-answers.js";
import type { Foundation } from "./foundation.js";

/** Everything that the port serves. */
export interface Services {
  readonly all: readonly ServedService[];
  readonly health: HealthBoard;
  /** Full names of the services about users, which have their own request limit. */
  readonly aboutUsers: ReadonlySet<string>;
  /** Full names of the public services. */
  readonly publicOnes: ReadonlySet<string>;
  /** Full names of RPCs of public services that still need a caller if callers are configured: each holds a stream for minutes. */
  readonly forCallersOnly: ReadonlySet<string>;
}

/** The services and, if configured, reflection. */
function withReflection(
  { reflection }: Pick<ServiceConfig, "reflection">,
  services: readonly ServedService[],
): readonly ServedService[] {
  return reflection ? [...services, ...createReflection(services.map(({ service }) => service))] : services;
}

/** Those about users, with what surrounds each of their handlers. */
export function createServicesAboutUsers({
  deps,
  security,
  testKit,
  userRef,
}: Pick<Foundation, "deps" | "security" | "testKit" | "userRef">): readonly ServedService[] {
  const handled = [createMfaService(deps), createMfaAdminService(deps)];
  return (testKit === undefined ? handled : handled.map(testKit.withStoreAway)).map((service) => {
    const audited = withRefusalsAudited(withClientAddressRules(service, security.addresses), deps);
    return withUniformAnswers(withUsersNamed(audited, userRef), deps);
  });
}

export function createServices(config: ServiceConfig, foundation: Foundation): Services {
  const { security, metrics } = foundation;
  const aboutUsers = createServicesAboutUsers(foundation);
  const served = [...aboutUsers, createSecurityPolicyService(security)];
  const { onWatchRefused } = metrics.listener;
  const health = createHealthBoard(
    served.map(({ service }) => service.typeName),
    { watchLimits: config.connections.watches, onWatchRefused },
  );
  return {
    all: withReflection(config, [...served, health.service]),
    health,
    aboutUsers: new Set(aboutUsers.map(({ service }) => service.typeName)),
    publicOnes: new Set([health.service.service.typeName]),
    forCallersOnly: new Set([rpcName({ service: health.service.service.typeName, method: "Watch" })]),
  };
}
