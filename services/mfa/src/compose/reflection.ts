import type { ServiceConfig } from "../config/service-config.js";
import { createReflection } from "../rpc/reflection.js";
import type { ServedService } from "../rpc/served-service.js";

/** The services and, where it is configured, what describes them. */
export function withReflection(
  { reflection }: Pick<ServiceConfig, "reflection">,
  services: readonly ServedService[],
): readonly ServedService[] {
  return reflection ? [...services, ...createReflection(services.map(({ service }) => service))] : services;
}
