import type { SecurityConfig, SecurityWarning } from "@countersign/security-config";

/**
 * The platform's warnings that concern this service. It does not use SECRET_KEY, and reads JWT_SECRET for callers' tokens only, without which it does
 * not start: neither is required here. One that is set is still checked, because the platform uses it. A key folder replaces ENCRYPTION_KEY.
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
