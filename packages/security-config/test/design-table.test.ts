import { describe, expect, it } from "vitest";
import {
  configurationReference,
  describeSecurityConfig,
  loadSecurityConfig,
  type PlainValue,
  SECURITY_LEVELS,
} from "../src/index.js";

/** The whole of the design's table, written out by hand: path, default, and what LOW, MEDIUM, HIGH and ENTERPRISE change. */
type Row = readonly [PlainValue, Partial<Record<(typeof SECURITY_LEVELS)[number], PlainValue>>?];

const MICROSOFT = "https://login.microsoftonline.com/common/oauth2/v2.0";

const DESIGN: Readonly<Record<string, Row>> = {
  "environment.environment": ["development"],
  "environment.debug": [false],
  "environment.secret_key": [null],
  "environment.jwt_secret": [null],
  "environment.encryption_key": [null],
  "environment.jwt_algorithm": ["HS256"],
  "environment.access_token_expire_minutes": [30],
  "environment.refresh_token_expire_days": [7],
  "password.min_length": [12, { LOW: 8, MEDIUM: 10, HIGH: 12, ENTERPRISE: 14 }],
  "password.require_uppercase": [true],
  "password.require_lowercase": [true],
  "password.require_numbers": [true],
  "password.require_special": [true, { LOW: false }],
  "password.max_age_days": [90, { ENTERPRISE: 60 }],
  "password.history_count": [5],
  "password.max_failed_attempts": [5],
  "password.lockout_duration_minutes": [30],
  "session.max_concurrent_sessions": [5, { ENTERPRISE: 3 }],
  "session.session_timeout_minutes": [60, { LOW: 120, HIGH: 30, ENTERPRISE: 15 }],
  "session.idle_timeout_minutes": [30],
  "session.absolute_timeout_hours": [24],
  "session.require_reauthentication_for_sensitive": [true],
  "session.track_devices": [true],
  "mfa.required": [false, { LOW: false, MEDIUM: false, HIGH: true, ENTERPRISE: true }],
  "mfa.required_for_admins": [true, { LOW: false, MEDIUM: true }],
  "mfa.allowed_methods": [["totp", "email"], { ENTERPRISE: ["totp"] }],
  "mfa.disabled_methods": [[]],
  "mfa.backup_codes_count": [10],
  "mfa.totp_issuer": ["Countersign"],
  "mfa.totp_algorithm": ["SHA1"],
  "mfa.totp_digits": [6],
  "mfa.totp_period": [30],
  "mfa.max_verification_attempts": [3],
  "mfa.max_daily_failures": [20],
  "mfa.max_monthly_failures": [200],
  "mfa.max_yearly_failures": [300],
  "mfa.verification_window": [1],
  "mfa.code_expiry_minutes": [10],
  "mfa.app_name": ["Countersign"],
  "mfa.sms_origin_domain": [null],
  "mfa.default_phone_region": ["US"],
  "mfa.allowed_phone_countries": [["US"]],
  "rate_limit.enabled": [true],
  "rate_limit.default_requests_per_minute": [60],
  "rate_limit.login_attempts_per_minute": [5, { HIGH: 3, ENTERPRISE: 3 }],
  "rate_limit.api_requests_per_minute": [100],
  "rate_limit.file_uploads_per_hour": [50],
  "rate_limit.burst_multiplier": [1.5],
  "encryption.algorithm": ["AES-256-GCM"],
  "encryption.key_rotation_days": [90, { ENTERPRISE: 30 }],
  "encryption.encrypt_pii": [true],
  "encryption.encrypt_financial": [true],
  "encryption.field_level_encryption": [true],
  "audit.enabled": [true],
  "audit.log_auth_events": [true],
  "audit.log_data_access": [true],
  "audit.log_data_modifications": [true],
  "audit.log_admin_actions": [true],
  "audit.retention_days": [365, { ENTERPRISE: 730 }],
  "audit.immutable": [true],
  "headers.enable_hsts": [true],
  "headers.hsts_max_age": [31536000],
  "headers.enable_csp": [true],
  "headers.enable_cors": [true],
  "headers.cors_origins": [["http://localhost:5173"]],
  "ip.enable_ip_filtering": [true],
  "ip.ip_whitelist": [[]],
  "ip.ip_blacklist": [[]],
  "ip.geo_blocking_enabled": [false],
  "ip.blocked_countries": [[]],
  "oauth_providers.google.client_id": [null],
  "oauth_providers.google.client_secret": [null],
  "oauth_providers.google.authorize_url": ["https://accounts.google.com/o/oauth2/auth"],
  "oauth_providers.google.token_url": ["https://oauth2.googleapis.com/token"],
  "oauth_providers.google.userinfo_url": ["https://www.googleapis.com/oauth2/v2/userinfo"],
  "oauth_providers.google.scope": ["openid email profile"],
  "oauth_providers.microsoft.client_id": [null],
  "oauth_providers.microsoft.client_secret": [null],
  "oauth_providers.microsoft.authorize_url": [`${MICROSOFT}/authorize`],
  "oauth_providers.microsoft.token_url": [`${MICROSOFT}/token`],
  "oauth_providers.microsoft.userinfo_url": ["https://graph.microsoft.com/v1.0/me"],
  "oauth_providers.microsoft.scope": ["openid email profile User.Read"],
};

const FIXED_NAMES: Readonly<Record<string, string>> = {
  security_level: "SECURITY_LEVEL",
  "environment.environment": "ENVIRONMENT",
  "environment.debug": "DEBUG",
  "environment.secret_key": "SECRET_KEY",
  "environment.jwt_secret": "JWT_SECRET",
  "environment.encryption_key": "ENCRYPTION_KEY",
  "oauth_providers.google.client_id": "GOOGLE_CLIENT_ID",
  "oauth_providers.google.client_secret": "GOOGLE_CLIENT_SECRET",
  "oauth_providers.microsoft.client_id": "MICROSOFT_CLIENT_ID",
  "oauth_providers.microsoft.client_secret": "MICROSOFT_CLIENT_SECRET",
};

/** What is effective under a level, with both providers configured so that their endpoints show. */
function effective(level: (typeof SECURITY_LEVELS)[number] | undefined): Map<string, PlainValue> {
  const env = {
    GOOGLE_CLIENT_ID: "g",
    GOOGLE_CLIENT_SECRET: "gs",
    MICROSOFT_CLIENT_ID: "m",
    MICROSOFT_CLIENT_SECRET: "ms",
  };
  const result = loadSecurityConfig({ env, level });
  if (!result.ok) throw new Error("refused");
  return new Map(describeSecurityConfig(result).map((row) => [row.path, row.value]));
}

const GIVEN = /^oauth_providers\.\w+\.client_(id|secret)$/;

describe("every field has the value of the design", () => {
  it("every field has the value of the design, and there is no other field", () => {
    const paths = configurationReference().map(({ path }) => path);
    expect(paths).toEqual(["security_level", ...Object.keys(DESIGN)]);
  });

  it.each([undefined, ...SECURITY_LEVELS])(
    "every field has the value of the design under level %s",
    (level) => {
      const values = effective(level);
      const expected = Object.entries(DESIGN).filter(([path]) => !GIVEN.test(path));
      for (const [path, [preset, changes]] of expected) {
        expect([path, values.get(path)]).toEqual([path, (level && changes?.[level]) ?? preset]);
      }
      expect(values.get("security_level")).toBe(level ?? null);
    },
  );

  it("every field has the value of the design as the reference tells it too", () => {
    for (const setting of configurationReference().slice(1)) {
      const [preset, changes = {}] = DESIGN[setting.path] ?? [undefined];
      const row = Object.fromEntries(SECURITY_LEVELS.map((level) => [level, changes[level] ?? preset]));
      expect([setting.path, setting.default, setting.presets]).toEqual([setting.path, preset, row]);
    }
  });
});

describe("the environment variable of every field", () => {
  it("the environment variable of every field is the one the design fixes", () => {
    const names = Object.fromEntries(configurationReference().map(({ path, env }) => [path, env]));
    expect(names).toMatchObject(FIXED_NAMES);
  });

  it("the environment variable of every field is its own, and cannot be taken for the NAME_FILE of another", () => {
    const names = configurationReference().map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.endsWith("_FILE"))).toEqual([]);
  });
});

it("every default passes its own field's schema", () => {
  const env = Object.fromEntries(
    configurationReference()
      .filter((setting) => setting.default !== null)
      .map((setting) => [setting.env, String(setting.default)]),
  );
  expect(loadSecurityConfig({ env })).toMatchObject({ ok: true });
});

it("without a level no field is weaker than under MEDIUM", () => {
  const [none, medium] = [effective(undefined), effective("MEDIUM")];
  const differing = [...none.keys()].filter((path) => String(none.get(path)) !== String(medium.get(path)));
  expect(differing).toEqual(["security_level", "password.min_length"]);
  expect(none.get("password.min_length")).toBeGreaterThan(Number(medium.get("password.min_length")));
});
