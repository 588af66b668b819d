import type { AuditSwitches } from "../audit/audit-switches.js";
import type { PhoneNumberRules } from "../destination/phone-number.js";
import type { FactorMethod } from "../factor/method.js";
import type { TotpParameters } from "../factor/totp.js";
import type { FailureLimits } from "../throttle/failure-limits.js";
import type { RateLimit } from "../throttle/rate-limit.js";

/** The security policy for MFA. Read for every call, so a change takes effect immediately. */
export interface MfaPolicy {
  readonly required: boolean;
  readonly requiredForAdmins: boolean;
  readonly allowedMethods: ReadonlySet<FactorMethod>;
  /** The kill switch: refused although allowed, as when a provider is under attack. */
  readonly disabledMethods: ReadonlySet<FactorMethod>;
  /** 0 turns backup codes off: none are made and none are accepted. */
  readonly backupCodesCount: number;
  readonly totpIssuer: string;
  readonly totp: TotpParameters;
  /** Steps before and after the current one that are tried. Never more than 1 (RFC 6238 section 5.2). */
  readonly totpWindow: number;
  /** Codes compared before the user has to wait. */
  readonly maxAttempts: number;
  /** Wrong codes allowed in 24 hours, 30 days and 365 days, whatever succeeded in between. */
  readonly failureLimits: FailureLimits;
  /** How often one user's codes may be checked. Undefined: request limits are off. */
  readonly loginRate: RateLimit | undefined;
  /** Lifetime of a sent code and of a pending enrolment. NIST SP 800-63B section 3.1.3.2 caps it at ten minutes. */
  readonly codeExpiryMs: number;
  /** Which events that changed nothing are recorded. */
  readonly audit: AuditSwitches;
  /** The application's name in messages. Sanitised where it is used. */
  readonly applicationName: string;
  /** The domain whose pages may autofill an SMS code. */
  readonly smsOriginDomain: string | undefined;
  readonly phoneNumbers: PhoneNumberRules;
}
