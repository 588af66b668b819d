import type { SecurityConfigOverrides } from "./security-config-overrides.js";
import type { SecurityLevel } from "./security-level.js";

/** The values of each level; every other field keeps its default. */
export const PRESETS: Readonly<Record<SecurityLevel, SecurityConfigOverrides>> = {
  LOW: {
    password: { minLength: 8, requireSpecial: false },
    mfa: { required: false, requiredForAdmins: false },
    session: { sessionTimeoutMinutes: 120 },
  },
  MEDIUM: {
    password: { minLength: 10 },
    mfa: { required: false, requiredForAdmins: true },
  },
  HIGH: {
    password: { minLength: 12 },
    mfa: { required: true },
    session: { sessionTimeoutMinutes: 30 },
    rateLimit: { loginAttemptsPerMinute: 3 },
  },
  ENTERPRISE: {
    password: { minLength: 14, maxAgeDays: 60 },
    mfa: { required: true, allowedMethods: ["totp"] },
    session: { maxConcurrentSessions: 3, sessionTimeoutMinutes: 15 },
    rateLimit: { loginAttemptsPerMinute: 3 },
    encryption: { keyRotationDays: 30 },
    audit: { retentionDays: 730 },
  },
};
