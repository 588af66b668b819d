import type { SecurityConfig, SecurityWarning } from "@countersign/security-config";

/**
 * Of the platform's warnings those that are about this service. It signs nothing with SECRET_KEY, and reads JWT_SECRET for callers' tokens only,
 * which it does not start without: neither is asked for here. One that is set is judged all the same, because the platform uses it. A folder of
 * keys stands for ENCRYPTION_KEY.
 */
export function ownWarnings(
  warnings: readonly SecurityWarning[],
  { environment }: SecurityConfig,
  hasKeyFolder: boolean,
): readonly SecurityWarning[] {
  return warnings.filter(({ code }) => {
    if (code === "SECRET_KEY_WEAK") return environment.secretKey !== undefined;
    if (code === "JWT_SECRET_WEAK") return environment.jwtSecret !== undefined;
    return code !== "ENCRYPTION_KEY_MISSING" || !hasKeyFolder;
  });
}
