import { describeProblem } from "@countersign/settings";
import { describe, expect, it } from "vitest";
import type { SecurityConfigInput } from "./input-layers.js";
import { loadSecurityConfig } from "./load.js";
import type { SecurityConfigOverrides } from "./security-config-overrides.js";
import type { SecurityLevel } from "./security-level.js";

const CANARY = "canary-Zq7rT2mWx9LpBv4KsN8dYc3H";

function problems(input: Partial<SecurityConfigInput>): string[] {
  const result = loadSecurityConfig({ env: {}, ...input });
  return result.ok ? [] : result.problems.map(describeProblem);
}

function inFile(text: string): string[] {
  return problems({ file: { path: "c.yaml", text } });
}

it("every problem of every source is reported together, with its path, source and value", () => {
  const found = problems({
    file: {
      path: "/etc/c.yaml",
      text: "passwords: {}\nmfa: { requird: true, totp_period: '30', allowed_methods: [totp, fax] }\nsession: 5\n",
    },
    env: { PASSWORD_MIN_LENGTH: "4", RATE_LIMIT_ENABLED: "on", SECURITY_LEVEL: "PARANOID" },
    overrides: { headers: { hstsMaxAge: -1, enableHst: true } } as SecurityConfigOverrides,
  });
  expect(found).toEqual([
    "passwords: is not a known setting; did you mean password? (file /etc/c.yaml)",
    "mfa.requird: is not a known setting; did you mean required? (file /etc/c.yaml)",
    "session: must be a mapping of settings (file /etc/c.yaml)",
    "headers.enableHst: is not a known setting; did you mean enableHsts? (override)",
    'mfa.totp_period: must be a whole number of seconds, 15 to 120; got "30" (file /etc/c.yaml)',
    'mfa.allowed_methods[1]: must be one of totp, sms, email; got "fax" (file /etc/c.yaml)',
    'security_level: must be one of LOW, MEDIUM, HIGH, ENTERPRISE; got "PARANOID" (environment SECURITY_LEVEL)',
    "password.min_length: must be a whole number of characters, 8 to 128; got 4 (environment PASSWORD_MIN_LENGTH)",
    'rate_limit.enabled: must be true or false; got "on" (environment RATE_LIMIT_ENABLED)',
    "headers.hsts_max_age: must be a whole number of seconds, 0 to 63072000; got -1 (override)",
  ]);
});

it("a bad value is a problem even where a stronger source replaces it", () => {
  const file = { path: "c.yaml", text: "password: { min_length: 1 }" };
  expect(problems({ file, env: { PASSWORD_MIN_LENGTH: "20" } })).toHaveLength(1);
});

describe("files are refused", () => {
  it.each([
    ["a wrong type", "debug: true", "debug: is not a known setting (file c.yaml)"],
    [
      "a number as text",
      "mfa: { totp_digits: '6' }",
      'mfa.totp_digits: must be one of 6, 8; got "6" (file c.yaml)',
    ],
    [
      "text as a switch",
      "mfa: { required: 'true' }",
      'mfa.required: must be true or false; got "true" (file c.yaml)',
    ],
    [
      "a list as text",
      "mfa: { allowed_methods: totp }",
      /^mfa.allowed_methods: must be a list .* got "totp"/,
    ],
    [
      "a value left out",
      "mfa: { required: }",
      "mfa.required: must be true or false; got nothing (file c.yaml)",
    ],
    [
      "a mapping as a value",
      "mfa: { required: {} }",
      "mfa.required: must be true or false; got a mapping (file c.yaml)",
    ],
    ["a list at the top", "- a", "must be a mapping of settings (file c.yaml)"],
    [
      "camelCase names",
      "rateLimit: {}",
      "rateLimit: is not a known setting; did you mean rate_limit? (file c.yaml)",
    ],
    ["prototype names", "__proto__: { debug: true }", "__proto__: is not a known setting (file c.yaml)"],
    ["inherited names", "mfa: { constructor: 1 }", "mfa.constructor: is not a known setting (file c.yaml)"],
    [
      "a key twice",
      "mfa: { required: true, required: false }",
      "is not valid YAML or JSON at line 1, column 24 (DUPLICATE_KEY) (file c.yaml)",
    ],
    ["two documents", "mfa: {}\n---\nmfa: {}", /MULTIPLE_DOCS/],
    ["bad syntax", "mfa: {", /^is not valid YAML or JSON at line 1, column \d+ \(\w+\) \(file c.yaml\)$/],
    ["an unknown tag", "mfa: !!js/function x", /TAG_RESOLVE_FAILED/],
    ["aliases", "mfa: &a {}\nip: *a", "uses aliases, which are not read (file c.yaml)"],
    ["not a whole number", "mfa: { totp_period: 30.5 }", /^mfa.totp_period: must be a whole number/],
    ["no number", "mfa: { totp_period: .nan }", /^mfa.totp_period: must be a whole number/],
    ["an item twice", "ip: { blocked_countries: [FR, FR] }", /must not name the same item twice/],
    [
      "invisible characters in a value, shown escaped",
      'mfa: { totp_issuer: "a\\u202eb" }',
      /got "a\\u\{202e\}b" \(file c.yaml\)$/,
    ],
    [
      "control characters in a key, shown escaped",
      '"a\\eb": 1',
      '"a\\u001bb": is not a known setting (file c.yaml)',
    ],
  ])("files are refused for %s", (_, text, message) => {
    const found = inFile(text);
    expect(found).toHaveLength(1);
    if (message instanceof RegExp) expect(found[0]).toMatch(message);
    else expect(found[0]).toBe(message);
  });

  it.each([
    ["brackets", "[".repeat(300_000)],
    ["list items on a line", "- ".repeat(300_000)],
    ["indentation", Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("files are refused for nesting by %s that would exhaust the stack and end the process", (_, text) => {
    expect(inFile(text)).toEqual(["is nested too deeply (file c.yaml)"]);
  });

  it("files are refused for being too long", () => {
    expect(inFile("#".repeat(2_000_000))).toEqual(["is longer than 1048576 characters (file c.yaml)"]);
  });

  it("files are refused for not being readable, beside the problems of other sources", () => {
    const found = problems({ file: { path: "c.yaml", unreadable: "ENOENT" }, env: { DEBUG: "1" } });
    expect(found).toEqual([
      "cannot be read: ENOENT (file c.yaml)",
      'environment.debug: must be true or false; got "1" (environment DEBUG)',
    ]);
  });
});

describe("limits", () => {
  it.each<[string, SecurityConfigOverrides]>([
    ["codes live ten minutes at most (SP 800-63B)", { mfa: { codeExpiryMinutes: 11 } }],
    ["the window is one step at most", { mfa: { verificationWindow: 2 } }],
    ["attempts are ten at most", { mfa: { maxVerificationAttempts: 11 } }],
    ["attempts are one at least", { mfa: { maxVerificationAttempts: 0 } }],
    ["failures a day are a hundred at most", { mfa: { maxDailyFailures: 101 } }],
    ["failures a year are as many at most as are kept", { mfa: { maxYearlyFailures: 401 } }],
    ["backup codes are twenty at most", { mfa: { backupCodesCount: 21 } }],
    ["a time step is 15 seconds at least", { mfa: { totpPeriod: 14 } }],
    ["some method is allowed", { mfa: { allowedMethods: [] } }],
    ["an issuer has no colon", { mfa: { totpIssuer: "Acme: Co" } }],
    ["an issuer has no control character", { mfa: { totpIssuer: "Acme\nCo" } }],
    ["an application name stays on its line", { mfa: { appName: "Acme\n@evil.example #000000" } }],
    ["an application name has no right-to-left override", { mfa: { appName: "Acme\u202e" } }],
    ["an application name fits an SMS", { mfa: { appName: "x".repeat(41) } }],
    ["an SMS domain is a domain", { mfa: { smsOriginDomain: "https://example.com" } }],
    ["a country is a country", { mfa: { allowedPhoneCountries: ["US", "UK"] } }],
    ["origins have no wildcard", { headers: { corsOrigins: ["*"] } }],
    ["origins have no path", { headers: { corsOrigins: ["https://app.example.com/"] } }],
    ["address blocks have no host bits", { ip: { ipBlacklist: ["10.0.0.1/8"] } }],
    [
      "endpoints are https",
      { oauthProviders: { google: { tokenUrl: "http://oauth2.googleapis.com/token" } } },
    ],
    ["scopes are parted by single blanks", { oauthProviders: { google: { scope: "openid  email" } } }],
    ["a secret is not empty", { environment: { secretKey: "" } }],
    ["no token goes unsigned", { environment: { jwtAlgorithm: "none" as "HS256" } }],
  ])("limits: %s", (_, overrides) => {
    expect(problems({ overrides })).toHaveLength(1);
  });
});

describe("settings that contradict each other are refused:", () => {
  it("an idle time-out beyond the session's, unless it is the default", () => {
    expect(problems({ env: { SESSION_IDLE_TIMEOUT_MINUTES: "61" } })).toEqual([
      "session.idle_timeout_minutes: must not exceed session.session_timeout_minutes; it is 61, the other 60 (default) (environment SESSION_IDLE_TIMEOUT_MINUTES)",
    ]);
    expect(problems({ env: { SESSION_TIMEOUT_MINUTES: "20" } })).toEqual([]);
    expect(problems({ level: "ENTERPRISE" })).toEqual([]);
  });

  it("a session time-out beyond the absolute one", () => {
    expect(
      problems({ env: { SESSION_TIMEOUT_MINUTES: "61", SESSION_ABSOLUTE_TIMEOUT_HOURS: "1" } }),
    ).toHaveLength(1);
    expect(problems({ level: "LOW", env: { SESSION_ABSOLUTE_TIMEOUT_HOURS: "1" } })).toEqual([
      "session.session_timeout_minutes: must not exceed session.absolute_timeout_hours; it is 120, the other 1 (environment SESSION_ABSOLUTE_TIMEOUT_HOURS) (preset LOW)",
    ]);
  });

  it("a default phone region that may not be sent to", () => {
    expect(problems({ env: { MFA_ALLOWED_PHONE_COUNTRIES: "DE,FR" } })).toEqual([
      'mfa.default_phone_region: must be among mfa.allowed_phone_countries; it is "US", the other "DE", "FR" (environment MFA_ALLOWED_PHONE_COUNTRIES) (default)',
    ]);
  });

  it.each(["GOOGLE", "MICROSOFT"])("%s with an id and no secret, or a secret and no id", (provider) => {
    expect(problems({ env: { [`${provider}_CLIENT_ID`]: "abc" } })).toHaveLength(1);
    expect(problems({ env: { [`${provider}_CLIENT_SECRET`]: CANARY } })).toHaveLength(1);
    expect(
      problems({ env: { [`${provider}_CLIENT_ID`]: "abc", [`${provider}_CLIENT_SECRET`]: CANARY } }),
    ).toEqual([]);
  });

  it("settings that contradict each other are refused: one key for two purposes", () => {
    const found = problems({ env: { SECRET_KEY: CANARY, JWT_SECRET: CANARY, ENCRYPTION_KEY: CANARY } });
    expect(found).toEqual([
      "environment.jwt_secret: must differ from environment.secret_key: each key serves one purpose (environment JWT_SECRET)",
      "environment.encryption_key: must differ from environment.secret_key: each key serves one purpose (environment ENCRYPTION_KEY)",
      "environment.encryption_key: must differ from environment.jwt_secret: each key serves one purpose (environment ENCRYPTION_KEY)",
    ]);
  });

  it("settings that contradict each other are refused: but nothing is said of settings that another problem leaves in doubt", () => {
    expect(
      problems({ env: { SESSION_IDLE_TIMEOUT_MINUTES: "61", SESSION_TIMEOUT_MINUTES: "many" } }),
    ).toHaveLength(1);
    expect(
      problems({ env: { MFA_ALLOWED_PHONE_COUNTRIES: "DE", MFA_DEFAULT_PHONE_REGION: "XX" } }),
    ).toHaveLength(1);
    expect(problems({ env: { SESSION_IDLE_TIMEOUT_MINUTES: "61", SECURITY_LEVEL: "lowest" } })).toHaveLength(
      1,
    );
    expect(
      problems({ env: { SESSION_IDLE_TIMEOUT_MINUTES: "61" }, file: { path: "c.yaml", text: "[" } }),
    ).toHaveLength(1);
    expect(problems({ env: { GOOGLE_CLIENT_ID: "abc", GOOGLE_CLIENT_SECRET: "" } })).toHaveLength(1);
  });
});

it("a level that is none of the four is refused also when a program without types gives it", () => {
  expect(problems({ level: "toString" as SecurityLevel })).toHaveLength(1);
});
