import type { DeliveryConfig } from "../delivery/config/delivery-config.js";
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
  disabledMethods: new Set(),
  applicationName: "Countersign",
  smsOriginDomain: undefined,
  phoneNumbers: { defaultRegion: "US", allowedCountries: ["US"], blockedCountries: [] },
  logDataAccess: true,
};

/** The defaults, with what the delivery settings say of where codes may go. */
export function mfaPolicy({ originDomain, phoneNumbers }: DeliveryConfig): MfaPolicy {
  return {
    ...DEFAULT_MFA_POLICY,
    smsOriginDomain: originDomain,
    phoneNumbers: { ...DEFAULT_MFA_POLICY.phoneNumbers, ...phoneNumbers },
  };
}
