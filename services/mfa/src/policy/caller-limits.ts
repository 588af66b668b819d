import type { LoadedSecurityConfig, RateLimitPolicy } from "@countersign/security-config";

/** Settings that say how often a caller may call. */
const SETTINGS = [
  "rate_limit.enabled",
  "rate_limit.default_requests_per_minute",
  "rate_limit.api_requests_per_minute",
  "rate_limit.burst_multiplier",
];

/**
 * How often callers may call. `onlyOwn` is true in development while none of these is set: an integrator's tests call as fast as they can,
 * and only a limit in the callers file applies.
 */
export function callerLimits({ config, sources }: LoadedSecurityConfig): RateLimitPolicy & {
  readonly onlyOwn: boolean;
} {
  const isSet = SETTINGS.some((path) => sources[path]?.kind !== "default");
  return { ...config.rateLimit, onlyOwn: config.environment.environment === "development" && !isSet };
}
