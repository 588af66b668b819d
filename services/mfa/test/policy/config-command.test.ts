import { describe, expect, test } from "vitest";
import { type Command, startCommand } from "../support/command.js";
import { createScratchFolder } from "../support/scratch-folder.js";

const CANARIES = {
  SECRET_KEY: "kanarie-secret-key-x7Qm2Vb9Tz4Lp8Rd",
  JWT_SECRET: "kanarie-jwt-secret-W3nY6cH1Ks5Gf0Ja",
  ENCRYPTION_KEY: "a2FuYXJpZS1lbmNyeXB0aW9uLWtleS0wMTIzNDU2Nzg=",
  GOOGLE_CLIENT_ID: "client-of-google",
  GOOGLE_CLIENT_SECRET: "kanarie-google-client-secret",
  DATABASE_URL: "postgres://app:kanarie-database@127.0.0.1/mfa",
  REDIS_URL: "redis://:kanarie-redis@127.0.0.1",
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "kanarie-twilio-token",
  TWILIO_FROM: "+12025550123",
};

const printed = (run: Command) => run.stdout() + run.stderr();

describe("config print", () => {
  test("config print shows what is in force and where it comes from, and no secret", async () => {
    await using folder = await createScratchFolder();
    const SECURITY_CONFIG_FILE = await folder.put("policy.yaml", "mfa: {required: true}\n");
    const run = startCommand(["config", "print"], {
      ...CANARIES,
      SECURITY_CONFIG_FILE,
      SECURITY_LEVEL: "HIGH",
      PORT: "6000",
    });
    expect(await run.ended()).toBe(0);
    const output = printed(run);
    expect(output).toContain(`mfa.required = true  (file ${SECURITY_CONFIG_FILE})`);
    expect(output).toContain("session.session_timeout_minutes = 30  (preset HIGH)");
    expect(output).toContain('environment.secret_key = "[secret]"  (environment SECRET_KEY)');
    expect(output).toContain("PORT = 6000  (environment PORT)");
    expect(output).toContain("DATABASE_URL = [secret]  (environment DATABASE_URL)");
    expect(output).toContain("delivery.sms = twilio");
    expect(output).not.toMatch(/kanarie|a2FuYXJpZ/);
  });
});

describe("config check", () => {
  test("config check exits with 0 where the service would start", async () => {
    const run = startCommand(["config", "check"], {});
    expect(await run.ended()).toBe(0);
    expect(printed(run)).toContain("ENCRYPTION_KEY_MISSING");
    expect(printed(run)).toContain("the configuration is good");
  });

  test("config check exits with 2 and every problem of both configurations, without the values", async () => {
    const run = startCommand(["config", "check"], {
      ...CANARIES,
      PASSWORD_MIN_LENGTH: "kanarie",
      MFA_TOTP_DIGITS: "7",
      PORT: "kanarie",
      TWILIO_FROM: "",
    });
    expect(await run.ended()).toBe(2);
    for (const name of ["password.min_length", "mfa.totp_digits", "PORT", "TWILIO_FROM"])
      expect(printed(run)).toContain(name);
    expect(printed(run)).not.toMatch(/kanarie-|a2FuYXJpZ/);
  });

  test("config check exits with 2 for what production must not run on", async () => {
    const run = startCommand(["config", "check"], {
      ENVIRONMENT: "production",
      DEBUG: "true",
      SECRET_KEY: "change-me",
      JWT_SECRET: "change-me-too",
      DATABASE_URL: CANARIES.DATABASE_URL,
      REDIS_URL: CANARIES.REDIS_URL,
      CALLERS_FILE: "/callers",
      CALLER_JWT_ISSUER: "https://issuer.test",
      CALLER_JWKS_FILE: "/keys",
    });
    expect(await run.ended()).toBe(2);
    for (const code of [
      "SECRET_KEY_WEAK",
      "JWT_SECRET_WEAK",
      "ENCRYPTION_KEY_MISSING",
      "DEBUG_IN_PRODUCTION",
    ])
      expect(printed(run)).toContain(code);
  });
});
