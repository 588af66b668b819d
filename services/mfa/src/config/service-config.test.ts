import { describe, expect, test } from "vitest";
import { fatalWarnings, loadServiceConfig } from "./service-config.js";

const noFiles = () => {
  throw new Error("no such file");
};
const load = (env: Record<string, string>, readFile: (path: string) => string = noFiles) =>
  loadServiceConfig(env, readFile);

describe("without any configuration", () => {
  test("the embedded default runs on loopback", () => {
    expect(load({})).toMatchObject({
      ok: true,
      config: {
        environment: "development",
        host: "127.0.0.1",
        port: 50_051,
        adminPort: 9_090,
        stores: undefined,
      },
    });
  });

  test("without any configuration the service is not served beyond loopback", () => {
    expect(load({ HOST: "0.0.0.0" })).toMatchObject({
      ok: false,
      problems: [expect.stringContaining("HOST")],
    });
  });

  test("production refuses an empty configuration, naming everything that is missing", () => {
    const loaded = load({ ENVIRONMENT: "production" });
    const problems = loaded.ok ? [] : loaded.problems.join("\n");
    expect(problems).toContain("DATABASE_URL");
    expect(problems).toContain("ENCRYPTION_KEY");
  });
});

test("one store without the other is refused", () => {
  expect(load({ DATABASE_URL: "postgres://db/x" })).toMatchObject({
    ok: false,
    problems: [expect.stringMatching("REDIS_URL")],
  });
  expect(load({ REDIS_URL: "redis://cache" })).toMatchObject({
    ok: false,
    problems: [expect.stringMatching("DATABASE_URL")],
  });
});

test("every problem is reported together, by name and never by value", () => {
  const loaded = load({
    PORT: "70000",
    ENVIRONMENT: "prod",
    DATABASE_URL: "mysql://u:hunter2@db",
    LOG_LEVEL: "loud",
  });
  const problems = loaded.ok ? [] : loaded.problems;
  for (const name of ["PORT", "environment.environment", "DATABASE_URL", "LOG_LEVEL"]) {
    expect(problems.filter((problem) => problem.startsWith(name))).not.toHaveLength(0);
  }
  expect(problems.join()).not.toContain("hunter2");
});

test("a log for people is refused in production, where programs read it, and taken elsewhere", () => {
  const problemsOf = (ENVIRONMENT: string) => {
    const loaded = load({ ENVIRONMENT, LOG_FORMAT: "pretty" });
    return loaded.ok ? "" : loaded.problems.join("\n");
  };
  expect(problemsOf("production")).toContain("LOG_FORMAT must be json in production");
  expect(load({ LOG_FORMAT: "pretty" })).toMatchObject({ ok: true, config: { logFormat: "pretty" } });
});

describe("NAME_FILE", () => {
  const env = { DATABASE_URL_FILE: "/secret/url", REDIS_URL: "redis://cache" };

  test("NAME_FILE is read in place of NAME, without its last newline", () => {
    const loaded = load(env, (path) => (path === "/secret/url" ? "postgres://u:p@db/x\n" : noFiles()));
    expect(loaded).toMatchObject({
      ok: true,
      config: { stores: { database: { url: "postgres://u:p@db/x" } } },
    });
  });

  test("NAME_FILE that cannot be read, is empty, or comes with NAME too is a problem", () => {
    expect(load(env).ok).toBe(false);
    expect(load(env, () => "\n").ok).toBe(false);
    expect(load({ ...env, DATABASE_URL: "postgres://db/x" }, () => "postgres://db/x").ok).toBe(false);
  });
});

test.each(["-1", "1e3", "0x10", " 80", "80.5", "99999"])("PORT %j is refused", (PORT) => {
  expect(load({ PORT }).ok).toBe(false);
});

describe("the security configuration", () => {
  const stores = { DATABASE_URL: "postgres://db/x?sslmode=verify-full", REDIS_URL: "rediss://cache" };
  const callers = { CALLERS_FILE: "/callers", CALLER_JWT_ISSUER: "x", CALLER_JWKS_FILE: "/keys" };
  const keys = {
    SECRET_KEY: "rG4Nc0tFqZ1x7Wm2Jb9UyLk5VsPd8HaE",
    JWT_SECRET: "Xp3QeT6YhR0uMf8Bn1KzWj4CdSgAvL7o",
  };

  test("the security configuration is loaded from its file and the environment, and the key is its", () => {
    const loaded = load({ SECURITY_CONFIG_FILE: "/policy.yaml", MFA_REQUIRED: "true" }, (path) =>
      path === "/policy.yaml" ? "mfa: {allowed_methods: [sms]}" : noFiles(),
    );
    expect(loaded).toMatchObject({
      config: {
        security: { initial: { config: { mfa: { required: true, allowedMethods: ["sms"] } } } },
      },
    });
  });

  test("the security configuration has its problems reported beside the service's own, those that production brings included", () => {
    const loaded = load({ ENVIRONMENT: "production", MFA_TOTP_DIGITS: "7", PORT: "x" });
    const problems = (loaded.ok ? [] : loaded.problems).join("\n");
    for (const name of ["mfa.totp_digits", "PORT", "DATABASE_URL"]) expect(problems).toContain(name);
  });

  test("the security configuration stops production with every fatal warning, which a folder of keys keeps from being about the key", () => {
    const weak = { SECRET_KEY: "change-me", JWT_SECRET: "change-me-too" };
    const loaded = load({ ENVIRONMENT: "production", ...stores, ...callers, ...weak, DEBUG: "true" });
    const fatal = loaded.ok ? fatalWarnings(loaded.config).join("\n") : "refused";
    for (const name of ["SECRET_KEY", "JWT_SECRET", "ENCRYPTION_KEY", "DEBUG"]) expect(fatal).toContain(name);
    const withRing = load({
      ENVIRONMENT: "production",
      ...stores,
      ...callers,
      ...keys,
      KEY_RING_DIR: "/keys",
    });
    expect(withRing.ok && fatalWarnings(withRing.config)).toEqual([]);
  });

  test("the security configuration of this service asks for no key that nothing here uses", () => {
    const loaded = load({ ENVIRONMENT: "production", ...stores, ...callers, KEY_RING_DIR: "/keys" });
    expect(loaded.ok && fatalWarnings(loaded.config)).toEqual([]);
  });

  test("the security configuration is read again without the process ending on what cannot be used", () => {
    let file = "mfa: {required: true}";
    const loaded = load({ SECURITY_CONFIG_FILE: "/policy.yaml" }, () => file);
    if (!loaded.ok) throw new Error("refused");
    file = "mfa: {required: maybe}";
    expect(loaded.config.security.read()).toMatchObject({ ok: false, problems: [{ path: "mfa.required" }] });
    file = "mfa: {required: false}";
    expect(loaded.config.security.read()).toMatchObject({ ok: true, config: { mfa: { required: false } } });
  });
});
