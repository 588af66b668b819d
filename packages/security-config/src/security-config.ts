// Made from the fields of src/groups, which document each setting once. To refresh it after changing a field:
// npx vitest run packages/security-config -u
import type { Secret } from "@countersign/settings";
import type { SecurityLevel } from "./security-level.js";

/** Where the platform runs, and the keys and tokens it runs on. */
export interface EnvironmentSettings {
  /** Where this runs. Only `production` makes unsafe settings fatal. One of development, test, staging, production. Default development. */
  readonly environment: "development" | "test" | "staging" | "production";
  /** Diagnostics for developers. Fatal in production. Default false. */
  readonly debug: boolean;
  /** The platform's general signing key. Use 32 random bytes or more; a short or guessable key is fatal in production, a missing one for programs that use it (Countersign does not). Text of 1 to 65536 characters. Absent by default. */
  readonly secretKey: Secret | undefined;
  /** The key that signs and verifies tokens. Use at least as many bytes as the algorithm's digest (32, 48 or 64; RFC 7518 section 3.2); a short or guessable key is fatal in production, a missing one for programs that use it (Countersign does for callers' tokens without a key set). Text of 1 to 65536 characters. Absent by default. */
  readonly jwtSecret: Secret | undefined;
  /** The master key that personal data is encrypted under: 32 random bytes in standard base64 (`openssl rand -base64 32`), checked by the key ring. If it is missing, and there is no folder of keys, that is fatal in production. Text of 1 to 65536 characters. Absent by default. */
  readonly encryptionKey: Secret | undefined;
  /** The only algorithm accepted in a token's header. HMAC only, because the key is a shared secret. One of HS256, HS384, HS512. Default HS256. */
  readonly jwtAlgorithm: "HS256" | "HS384" | "HS512";
  /** Longest life of an access token. A whole number of minutes, 1 to 1440. Default 30. */
  readonly accessTokenExpireMinutes: number;
  /** Longest life of a refresh token. A whole number of days, 1 to 365. Default 7. */
  readonly refreshTokenExpireDays: number;
}

/** Requirements on passwords. */
export interface PasswordPolicy {
  /** Shortest password accepted. A whole number of characters, 8 to 128. Default 12. */
  readonly minLength: number;
  /** A password needs an upper-case letter. Default true. */
  readonly requireUppercase: boolean;
  /** A password needs a lower-case letter. Default true. */
  readonly requireLowercase: boolean;
  /** A password needs a digit. Default true. */
  readonly requireNumbers: boolean;
  /** A password needs a character that is neither letter nor digit. Default true. */
  readonly requireSpecial: boolean;
  /** Age at which a password must be changed; 0 means never. A whole number of days, 0 to 3650. Default 90. */
  readonly maxAgeDays: number;
  /** How many earlier passwords may not be reused; 0 means none. A whole number of passwords, 0 to 50. Default 5. */
  readonly historyCount: number;
  /** Wrong passwords in a row that lock the account. A whole number of attempts, 1 to 100. Default 5. */
  readonly maxFailedAttempts: number;
  /** How long such a lock lasts. A whole number of minutes, 1 to 1440. Default 30. */
  readonly lockoutDurationMinutes: number;
}

/** How long a login lasts. */
export interface SessionPolicy {
  /** Simultaneous sessions of one user. A whole number of sessions, 1 to 100. Default 5. */
  readonly maxConcurrentSessions: number;
  /** Life of a session until it must be renewed; never longer than the absolute time-out. A whole number of minutes, 1 to 1440. Default 60. */
  readonly sessionTimeoutMinutes: number;
  /** Idle time that ends a session. May not exceed the session time-out, except at its default, which then has no effect. A whole number of minutes, 1 to 1440. Default 30. */
  readonly idleTimeoutMinutes: number;
  /** Life of a session however often it is renewed. A whole number of hours, 1 to 720. Default 24. */
  readonly absoluteTimeoutHours: number;
  /** Sensitive actions ask for a fresh login. Default true. */
  readonly requireReauthenticationForSensitive: boolean;
  /** Sessions are tied to a known device. Default true. */
  readonly trackDevices: boolean;
}

/** The second factor. */
export interface MfaSettings {
  /** Every user needs a second factor. Default false. */
  readonly required: boolean;
  /** Administrators need a second factor, whatever `required` says. Default true. */
  readonly requiredForAdmins: boolean;
  /** Methods a user may enrol and log in with. A method that is removed is refused immediately, also for enrolled users. A list without repeats, not empty, each item one of totp, sms, email. Default totp,email. */
  readonly allowedMethods: readonly ("totp" | "sms" | "email")[];
  /** Kill switch: methods that are refused although allowed, for example while a provider is under attack. Overrides `allowed_methods`. A list without repeats, each item one of totp, sms, email. Default the empty list. */
  readonly disabledMethods: readonly ("totp" | "sms" | "email")[];
  /** Backup codes made at enrolment and at each renewal. A whole number of codes, 1 to 20. Default 10. */
  readonly backupCodesCount: number;
  /** The name an authenticator app shows beside the account. A name of 1 to 64 characters without colon, control or invisible characters. Default Countersign. */
  readonly totpIssuer: string;
  /** HMAC digest of new TOTP factors. Many apps support only SHA1, and HMAC does not need collision resistance. One of SHA1, SHA256, SHA512. Default SHA1. */
  readonly totpAlgorithm: "SHA1" | "SHA256" | "SHA512";
  /** Digits of a code of new TOTP factors. One of 6, 8. Default 6. */
  readonly totpDigits: 6 | 8;
  /** Time step of new TOTP factors. A whole number of seconds, 15 to 120. Default 30. */
  readonly totpPeriod: number;
  /** Guesses one code or challenge allows. Sending another code does not reset them. A whole number of attempts, 1 to 10. Default 3. */
  readonly maxVerificationAttempts: number;
  /** Wrong codes of one user in 24 hours, whatever succeeded in between. Beyond it only a backup code is accepted; if none is left, one code an hour is compared. A whole number of wrong codes, 5 to 100. Default 20. */
  readonly maxDailyFailures: number;
  /** Wrong codes of one user in 30 days, whatever succeeded in between. Beyond it only a backup code is accepted, until an operator unlocks. A whole number of wrong codes, 10 to 400. Default 200. */
  readonly maxMonthlyFailures: number;
  /** Wrong codes of one user in 365 days. It bounds the odds of a guess: 300 are 0.09 % with six digits and a window of one. A whole number of wrong codes, 20 to 400. Default 300. */
  readonly maxYearlyFailures: number;
  /** Time steps accepted before and after the current one. Never wider than one (RFC 6238 section 5.2). A whole number of steps, 0 to 1. Default 1. */
  readonly verificationWindow: number;
  /** Life of a code sent by SMS or e-mail. NIST SP 800-63B caps it at ten. A whole number of minutes, 1 to 10. Default 10. */
  readonly codeExpiryMinutes: number;
  /** The name in SMS and e-mail messages. A name of 1 to 40 characters without control or invisible characters. Default Countersign. */
  readonly appName: string;
  /** The site an SMS code is bound to. Ends each message with `@domain #code`, which browsers fill in on that site only. A lower-case domain name of at most 40 characters. Absent by default. */
  readonly smsOriginDomain: string | undefined;
  /** The country of a phone number given without one. Must be among the allowed countries. An ISO 3166-1 alpha-2 country code in upper case. Default US. */
  readonly defaultPhoneRegion: string;
  /** Countries that SMS may be sent to; every other is refused. Widen it with care: the profit of SMS pumping depends on the destination. A list without repeats of at most 1000 items, not empty, each item an ISO 3166-1 alpha-2 country code in upper case. Default US. */
  readonly allowedPhoneCountries: readonly string[];
}

/** How often calls may be made. */
export interface RateLimitPolicy {
  /** Whether request limits apply. In development callers are limited only once a limit of theirs is set. The attempt limits on codes always apply. Default true. */
  readonly enabled: boolean;
  /** Limit if no narrower one applies. A whole number of requests per minute, 1 to 1000000. Default 60. */
  readonly defaultRequestsPerMinute: number;
  /** Login attempts of one user. A whole number of attempts per minute, 1 to 1000. Default 5. */
  readonly loginAttemptsPerMinute: number;
  /** Requests of one caller. A whole number of requests per minute, 1 to 1000000. Default 100. */
  readonly apiRequestsPerMinute: number;
  /** File uploads of one user. A whole number of uploads per hour, 1 to 1000000. Default 50. */
  readonly fileUploadsPerHour: number;
  /** How far a burst after a quiet time may exceed a limit: the size of the token bucket, as a multiple of the limit. A number, 1 to 10. Default 1.5. */
  readonly burstMultiplier: number;
}

/** How data is kept at rest. */
export interface EncryptionPolicy {
  /** The cipher of stored fields. Exactly AES-256-GCM. Default AES-256-GCM. */
  readonly algorithm: "AES-256-GCM";
  /** Age at which the active key draws a warning. A whole number of days, 1 to 3650. Default 90. */
  readonly keyRotationDays: number;
  /** Personal data is stored encrypted. Default true. */
  readonly encryptPii: boolean;
  /** Financial data is stored encrypted. Default true. */
  readonly encryptFinancial: boolean;
  /** Each field is encrypted by itself, bound to its row and column. Default true. */
  readonly fieldLevelEncryption: boolean;
}

/** What is recorded, and for how long. */
export interface AuditPolicy {
  /** Whether audit events are kept. Countersign always keeps its own, except status reads. Default true. */
  readonly enabled: boolean;
  /** Enrolment, verification, lock and reset. Countersign always keeps its own. Default true. */
  readonly logAuthEvents: boolean;
  /** Reading of personal data and status. Default true. */
  readonly logDataAccess: boolean;
  /** Changes to stored data. Countersign always keeps its own. Default true. */
  readonly logDataModifications: boolean;
  /** What operators do. Countersign always keeps its own. Default true. */
  readonly logAdminActions: boolean;
  /** How long audit events are kept. A whole number of days, 1 to 3650. Default 365. */
  readonly retentionDays: number;
  /** Audit events can be added and read only. Default true. */
  readonly immutable: boolean;
}

/** Security headers and CORS on HTTP answers. */
export interface HeadersPolicy {
  /** HTTP answers carry Strict-Transport-Security. Off draws a warning in production. Default true. */
  readonly enableHsts: boolean;
  /** How long browsers remember to use https; 0 makes them forget it and counts as off. A whole number of seconds, 0 to 63072000. Default 31536000. */
  readonly hstsMaxAge: number;
  /** HTTP answers carry Content-Security-Policy. Default true. */
  readonly enableCsp: boolean;
  /** Whether browsers on the listed origins may call. If false, no browser of another origin may. Default true. */
  readonly enableCors: boolean;
  /** Origins that may call, compared byte for byte. A list without repeats of at most 1000 items, each item an origin as browsers send it, such as https://app.example.com: lower case, no wildcard, path or default port. Default http://localhost:5173. */
  readonly corsOrigins: readonly string[];
}

/** Which addresses and countries may call. */
export interface IpPolicy {
  /** Whether the two address lists apply. Default true. */
  readonly enableIpFiltering: boolean;
  /** If not empty, only these addresses are allowed. A list without repeats of at most 1000 items, each item an IPv4 or IPv6 address or CIDR block without host bits, such as 192.0.2.0/24. Default the empty list. */
  readonly ipWhitelist: readonly string[];
  /** Addresses that are blocked. Overrides the whitelist. A list without repeats of at most 1000 items, each item an IPv4 or IPv6 address or CIDR block without host bits, such as 192.0.2.0/24. Default the empty list. */
  readonly ipBlacklist: readonly string[];
  /** Whether addresses located in a blocked country are blocked. Default false. */
  readonly geoBlockingEnabled: boolean;
  /** Countries whose addresses are blocked if geo-blocking is on. Phone numbers of these countries are always refused. A list without repeats of at most 1000 items, each item an ISO 3166-1 alpha-2 country code in upper case. Default the empty list. */
  readonly blockedCountries: readonly string[];
}

/** A login provider with both its client id and its secret. */
export interface OAuthProvider {
  /** The client id registered with the provider. Must be printable ASCII text of 1 to 255 characters without blanks. */
  readonly clientId: string;
  /** The client secret registered with the provider. Must be text of 1 to 65536 characters. */
  readonly clientSecret: Secret;
  /** Where the user is sent to log in. Must be an https address of at most 2000 characters, without credentials or fragment. */
  readonly authorizeUrl: string;
  /** Where a code is exchanged for tokens. Must be an https address of at most 2000 characters, without credentials or fragment. */
  readonly tokenUrl: string;
  /** Where the user's profile is read. Must be an https address of at most 2000 characters, without credentials or fragment. */
  readonly userinfoUrl: string;
  /** What access is asked for. Must be OAuth scope tokens parted by single blanks, at most 1000 characters. */
  readonly scope: string;
}

/** The login providers on offer. */
export interface OAuthProviders {
  /** Login with Google. Undefined when not configured. */
  readonly google: OAuthProvider | undefined;
  /** Login with Microsoft. Undefined when not configured. */
  readonly microsoft: OAuthProvider | undefined;
}

/** The security configuration of the whole platform, checked and frozen. */
export interface SecurityConfig {
  /** The preset it was built on; undefined when the defaults hold as they stand. */
  readonly level: SecurityLevel | undefined;
  readonly environment: EnvironmentSettings;
  readonly password: PasswordPolicy;
  readonly session: SessionPolicy;
  readonly mfa: MfaSettings;
  readonly rateLimit: RateLimitPolicy;
  readonly encryption: EncryptionPolicy;
  readonly audit: AuditPolicy;
  readonly headers: HeadersPolicy;
  readonly ip: IpPolicy;
  readonly oauthProviders: OAuthProviders;
}
