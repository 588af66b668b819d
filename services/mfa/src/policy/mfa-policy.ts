import type { SecurityConfig } from "@countersign/security-config";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import { isPhoneRegion, type PhoneNumberRules } from "../domain/destination/phone-number.js";
import type { MfaPolicy } from "../domain/policy/mfa-policy.js";
import { rateLimit } from "../domain/throttle/rate-limit.js";

const MINUTE_MS = 60_000;

/** The policy that use cases read, from the security configuration. Throws ConfigurationError for a country that has no phone numbers of its own. */
export function mfaPolicy({ mfa, ip, audit, rateLimit: rates }: SecurityConfig): MfaPolicy {
  return {
    required: mfa.required,
    requiredForAdmins: mfa.requiredForAdmins,
    allowedMethods: new Set(mfa.allowedMethods),
    disabledMethods: new Set(mfa.disabledMethods),
    backupCodesCount: mfa.backupCodesCount,
    totpIssuer: mfa.totpIssuer,
    totp: { algorithm: mfa.totpAlgorithm, digits: mfa.totpDigits, periodSeconds: mfa.totpPeriod },
    totpWindow: mfa.verificationWindow,
    maxAttempts: mfa.maxVerificationAttempts,
    failureLimits: {
      daily: mfa.maxDailyFailures,
      monthly: mfa.maxMonthlyFailures,
      yearly: mfa.maxYearlyFailures,
    },
    loginRate: rates.enabled ? rateLimit(rates.loginAttemptsPerMinute, rates.burstMultiplier) : undefined,
    codeExpiryMs: mfa.codeExpiryMinutes * MINUTE_MS,
    applicationName: mfa.appName,
    smsOriginDomain: mfa.smsOriginDomain,
    phoneNumbers: {
      defaultRegion: phoneRegion(mfa.defaultPhoneRegion),
      allowedCountries: mfa.allowedPhoneCountries,
      blockedCountries: ip.blockedCountries,
    },
    audit: {
      authEvents: audit.enabled && audit.logAuthEvents,
      dataAccess: audit.enabled && audit.logDataAccess,
      dataModifications: audit.enabled && audit.logDataModifications,
      adminActions: audit.enabled && audit.logAdminActions,
    },
  };
}

function phoneRegion(country: string): PhoneNumberRules["defaultRegion"] {
  if (isPhoneRegion(country)) return country;
  throw new ConfigurationError([`mfa.default_phone_region: ${country} has no phone numbers of its own`]);
}
