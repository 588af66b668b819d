import { fatalWarnings, type ServiceConfig } from "../../config/service-config.js";
import { mfaPolicy } from "../../policy/mfa-policy.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, warning, failed } = findingsOf("configuration");

/** Every value was validated before the checks began; these are valid but unsafe. */
export function* checkConfiguration(config: ServiceConfig): Iterable<Finding> {
  const { initial } = config.security;
  mfaPolicy(initial.config);
  yield ok(`sound, for ${config.environment}`);
  const fatal = fatalWarnings(config);
  for (const problem of fatal) yield failed(problem);
  for (const { code, message, fatal: ends } of initial.warnings)
    if (!ends) yield warning(`${message} (${code})`);
  for (const notice of initial.notices) yield warning(notice);
  if (config.stores === undefined) yield warning("the embedded stores are for development only");
}
