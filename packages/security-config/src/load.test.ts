import { type ConfigSource, describeProblem, describeSource } from "@countersign/settings";
import { describe, expect, it } from "vitest";
import type { SecurityConfigInput } from "./input-layers.js";
import { loadSecurityConfig } from "./load.js";

const CANARY = "canary-Zq7rT2mWx9LpBv4KsN8dYc3H";

function load(input: Partial<SecurityConfigInput> = {}) {
  const result = loadSecurityConfig({ env: {}, ...input });
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join("\n"));
  return result;
}

function yaml(text: string) {
  return { path: "/etc/security.yaml", text };
}

function shown(source: ConfigSource | undefined): string {
  return source === undefined ? "nothing" : describeSource(source);
}

describe("of two sources", () => {
  const LAYERS: readonly { source: string; part: Partial<SecurityConfigInput>; value: number }[] = [
    { source: "default", part: {}, value: 12 },
    { source: "preset ENTERPRISE", part: { level: "ENTERPRISE" }, value: 14 },
    { source: "file /etc/security.yaml", part: { file: yaml("password: { min_length: 20 }") }, value: 20 },
    { source: "environment PASSWORD_MIN_LENGTH", part: { env: { PASSWORD_MIN_LENGTH: "30" } }, value: 30 },
    { source: "override", part: { overrides: { password: { minLength: 40 } } }, value: 40 },
  ];
  const pairs = LAYERS.flatMap((weak, index) => LAYERS.slice(index + 1).map((strong) => ({ weak, strong })));

  it.each(pairs)("$strong.source wins over $weak.source", ({ weak, strong }) => {
    const { config, sources } = load({ ...weak.part, ...strong.part });
    expect(config.password.minLength).toBe(strong.value);
    expect(shown(sources["password.min_length"])).toBe(strong.source);
  });

  it("the later changes its own fields only", () => {
    const { config, sources } = load({
      file: yaml("password: { min_length: 20, history_count: 9 }"),
      env: { PASSWORD_MIN_LENGTH: "30" },
    });
    expect(config.password).toMatchObject({ minLength: 30, historyCount: 9, maxAgeDays: 90 });
    expect(shown(sources["password.history_count"])).toBe("file /etc/security.yaml");
    expect(shown(sources["password.max_age_days"])).toBe("default");
  });
});

describe("names of levels and of enumerated settings", () => {
  it("names of levels and of enumerated settings are read in any case from the environment and from the file", () => {
    const written =
      "{ security_level: Enterprise, mfa: { allowed_methods: [Totp, SMS], totp_algorithm: sha256 } }";
    const { config } = load({ file: yaml(written), env: { ENVIRONMENT: "Staging", SECURITY_LEVEL: "high" } });
    expect(config.level).toBe("HIGH");
    expect(config.environment.environment).toBe("staging");
    expect(config.mfa).toMatchObject({ allowedMethods: ["totp", "sms"], totpAlgorithm: "SHA256" });
    expect(load({ file: yaml(written) }).config.level).toBe("ENTERPRISE");
  });

  it("names of levels and of enumerated settings choose the preset: `enterprise` sets what ENTERPRISE sets", () => {
    expect(load({ env: { SECURITY_LEVEL: "enterprise" } }).config).toEqual(
      load({ level: "ENTERPRISE" }).config,
    );
  });
});

describe("the level", () => {
  it("the level comes from the argument, else the environment, else the file, else there is none", () => {
    const file = yaml("security_level: LOW");
    const env = { SECURITY_LEVEL: "HIGH" };
    expect(load({ file, env, level: "ENTERPRISE" }).config.level).toBe("ENTERPRISE");
    expect(load({ file, env }).config.level).toBe("HIGH");
    expect(load({ file }).config.level).toBe("LOW");
    expect(load().config.level).toBeUndefined();
  });
});

describe("a configuration file", () => {
  it("a configuration file may be YAML with comments and groups left empty", () => {
    const file = yaml(
      "# policy\nsecurity_level: HIGH\naudit:\n#  retention_days: 30\nmfa:\n  allowed_methods:\n    - sms\n",
    );
    expect(load({ file }).config).toMatchObject({ level: "HIGH", mfa: { allowedMethods: ["sms"] } });
  });

  it("a configuration file may be JSON, indented by tabs", () => {
    const text = JSON.stringify(
      { rate_limit: { burst_multiplier: 2.5 }, oauth_providers: { google: { scope: "openid" } } },
      null,
      "\t",
    );
    expect(load({ file: { path: "c.json", text } }).config.rateLimit.burstMultiplier).toBe(2.5);
  });

  it("a configuration file may be empty", () => {
    expect(load({ file: yaml("") }).config).toEqual(load().config);
  });
});

describe("environment strings", () => {
  it("environment strings are read by the type of their field", () => {
    const env = {
      DEBUG: "true",
      MFA_TOTP_DIGITS: "8",
      RATE_LIMIT_BURST_MULTIPLIER: "2.25",
      MFA_ALLOWED_METHODS: "totp, sms",
      HEADERS_CORS_ORIGINS: "",
      IP_IP_BLACKLIST: undefined,
      IP_BLACKLIST: undefined,
    };
    const { config } = load({ env });
    expect(config.environment.debug).toBe(true);
    expect(config.mfa).toMatchObject({ totpDigits: 8, allowedMethods: ["totp", "sms"] });
    expect(config.rateLimit.burstMultiplier).toBe(2.25);
    expect(config.headers.corsOrigins).toEqual([]);
  });

  it.each([
    ["DEBUG", "True"],
    ["DEBUG", "1"],
    ["DEBUG", "yes"],
    ["DEBUG", ""],
    ["DEBUG", " true"],
    ["PASSWORD_MIN_LENGTH", "012"],
    ["PASSWORD_MIN_LENGTH", "12.0"],
    ["PASSWORD_MIN_LENGTH", "1e1"],
    ["PASSWORD_MIN_LENGTH", "0x10"],
    ["PASSWORD_MIN_LENGTH", " 12"],
    ["PASSWORD_MIN_LENGTH", "12 "],
    ["PASSWORD_MIN_LENGTH", ""],
    ["PASSWORD_MIN_LENGTH", "+12"],
    ["PASSWORD_MIN_LENGTH", "١٢"],
    ["RATE_LIMIT_BURST_MULTIPLIER", "1,5"],
    ["RATE_LIMIT_BURST_MULTIPLIER", "Infinity"],
    ["RATE_LIMIT_BURST_MULTIPLIER", "NaN"],
    ["SECURITY_LEVEL", "high "],
    ["SECURITY_LEVEL", "HİGH"],
    ["ENVIRONMENT", "prod"],
    ["SECRET_KEY", ""],
    ["MFA_ALLOWED_METHODS", "totp,,sms"],
    ["MFA_ALLOWED_METHODS", "totp,TOTP"],
    ["MFA_TOTP_DIGITS", "7"],
    ["MFA_TOTP_DIGITS", "06"],
  ])("%s=%j is refused, not guessed at", (name, value) => {
    expect(loadSecurityConfig({ env: { [name]: value } })).toMatchObject({ ok: false });
  });
});

describe("NAME_FILE", () => {
  const files: Readonly<Record<string, string>> = { "/run/secrets/key": `${CANARY}\n`, "/run/length": "16" };
  function readFile(path: string): string {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT ${CANARY}`), { code: "ENOENT" });
    return text;
  }

  it("NAME_FILE gives the value in the file without its final newline, for any setting", () => {
    const env = { SECRET_KEY_FILE: "/run/secrets/key", PASSWORD_MIN_LENGTH_FILE: "/run/length" };
    const { config, sources } = load({ env, readFile });
    expect(config.environment.secretKey?.reveal()).toBe(CANARY);
    expect(config.password.minLength).toBe(16);
    expect(shown(sources["environment.secret_key"])).toBe("environment SECRET_KEY_FILE");
  });

  it.each([
    [
      "the name itself is set too",
      { SECRET_KEY: "x", SECRET_KEY_FILE: "/run/secrets/key" },
      "is set together with SECRET_KEY_FILE",
    ],
    ["the file cannot be read", { SECRET_KEY_FILE: "/nowhere" }, "names a file that cannot be read (ENOENT)"],
    [
      "the file holds another thing, of which nothing is told",
      { PASSWORD_MIN_LENGTH_FILE: "/run/secrets/key" },
      "must be a whole number of characters, 8 to 128",
    ],
  ])("NAME_FILE is a problem when %s", (_, env, message) => {
    const result = loadSecurityConfig({ env, readFile });
    expect(result).toMatchObject({ ok: false, problems: [{ message }] });
    expect(JSON.stringify(result)).not.toContain(CANARY);
  });

  it("NAME_FILE is a problem where no reader is given", () => {
    expect(loadSecurityConfig({ env: { SECRET_KEY_FILE: "/run/secrets/key" } })).toMatchObject({ ok: false });
  });
});

describe("OAuth providers", () => {
  it("OAuth providers are there once both client id and secret are set, whichever sources they come from", () => {
    const file = yaml("oauth_providers: { google: { client_id: abc, scope: openid email } }");
    const { config } = load({ file, env: { GOOGLE_CLIENT_SECRET: CANARY } });
    expect(config.oauthProviders.google).toMatchObject({
      clientId: "abc",
      scope: "openid email",
      tokenUrl: "https://oauth2.googleapis.com/token",
    });
    expect(config.oauthProviders.google?.clientSecret.reveal()).toBe(CANARY);
    expect(config.oauthProviders.microsoft).toBeUndefined();
  });
});

it("a loaded configuration cannot be changed, nor can the defaults be through it", () => {
  const { config } = load();
  expect(() => {
    (config.mfa as { required: boolean }).required = true;
  }).toThrow(TypeError);
  expect(() => (config.ip.ipBlacklist as string[]).push("::/0")).toThrow(TypeError);
});

it("the caller's own overrides are left as they are", () => {
  const overrides = { mfa: { allowedMethods: ["totp" as const] } };
  load({ overrides });
  expect(Object.isFrozen(overrides.mfa.allowedMethods)).toBe(false);
});

it("a misspelt variable is told with what it was meant to be, and an unrelated one is not", () => {
  const env = {
    MFA_REQUIRD: "true",
    SECRET_KEY_FIL: "x",
    MFA_REQUIRED: "true",
    SESSION_MANAGER: "x",
    DEBUGG: undefined,
  };
  expect(load({ env }).notices).toEqual([
    '"MFA_REQUIRD" is set but not read; did you mean MFA_REQUIRED?',
    '"SECRET_KEY_FIL" is set but not read; did you mean SECRET_KEY_FILE?',
  ]);
});
