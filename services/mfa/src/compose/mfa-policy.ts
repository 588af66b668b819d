import type { MfaPolicy } from "../domain/policy.js";

const MINUTE = 60_000;

/** The defaults of the security configuration's `mfa` and `audit` groups. */
export const DEFAULT_MFA_POLICY: MfaPolicy = {
  required: false,
  requiredForAdmins: true,
  allowedMethods: new Set(["totp", "email"]),
  backupCodesCount: 10,
  totpIssuer: "Countersign",
  totp: { algorithm: "SHA1", digits: 6, periodSeconds: 30 },
  totpWindow: 1,
  maxAttempts: 3,
  codeExpiryMs: 10 * MINUTE,
  logDataAccess: true,
};
