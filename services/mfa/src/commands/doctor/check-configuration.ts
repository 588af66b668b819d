import type { SecurityWarningCode } from "@countersign/security-config";
import { configurationWarnings, type ServiceConfig } from "../../config/service-config.js";
import { mfaPolicy } from "../../policy/mfa-policy.js";
import { type Finding, findingsOf } from "../findings/finding.js";

const { ok, warning, fatal } = findingsOf("configuration");

const REMEDIES: Readonly<Record<SecurityWarningCode, string>> = {
  SECRET_KEY_WEAK: "openssl rand -base64 48, or do not set it: Countersign does not use it",
  JWT_SECRET_WEAK: "openssl rand -base64 48",
  ENCRYPTION_KEY_MISSING: "countersign keys generate --dir FOLDER, and set KEY_RING_DIR to it (docs/keys.md)",
  DEBUG_IN_PRODUCTION: "set DEBUG to false",
  HSTS_OFF_IN_PRODUCTION: "set headers.enable_hsts to true, and headers.hsts_max_age",
  ACTIVE_KEY_TOO_OLD: "countersign keys rotate",
};

/** Every value was validated before the checks began; these are valid but unsafe. */
export function* checkConfiguration(config: ServiceConfig): Iterable<Finding> {
  const { initial } = config.security;
  mfaPolicy(initial.config);
  yield ok(`sound, for ${config.environment}`);
  for (const { code, message, fatal: ends } of configurationWarnings(config))
    yield (ends ? fatal : warning)(`${message} (${code})`, REMEDIES[code]);
  for (const notice of initial.notices) yield warning(notice);
  if (config.stores === undefined)
    yield warning("the embedded stores are for development only", "set DATABASE_URL and REDIS_URL");
}
