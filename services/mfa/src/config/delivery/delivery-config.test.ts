import { describe, expect, test } from "vitest";
import { inDevelopment, inProduction, SECRET, SMTP, TWILIO, WEBHOOK } from "./delivery-config.fixture.js";

describe("with nothing configured", () => {
  test("development shows messages in the outbox", () => {
    expect(inDevelopment({})).toMatchObject({ ok: true, config: { sms: "outbox", email: "outbox" } });
  });

  test("with nothing configured: production sends nothing", () => {
    expect(inProduction({})).toEqual({
      ok: true,
      config: {
        sms: undefined,
        email: undefined,
        limits: { tryMs: 4_000, totalMs: 10_000, failuresToOpen: 5, openForMs: 30_000 },
      },
    });
  });

  test("an outbox cannot be asked for", () => {
    expect(inProduction({ SMS_PROVIDER: "outbox", EMAIL_PROVIDER: "outbox" })).toEqual({
      ok: false,
      problems: [
        { name: "SMS_PROVIDER", problem: "must be one of twilio, webhook" },
        { name: "EMAIL_PROVIDER", problem: "must be one of smtp, webhook" },
      ],
    });
  });
});

describe("providers", () => {
  test("SMTP_URL alone is enough to mean SMTP, with TLS", () => {
    expect(inProduction(SMTP)).toMatchObject({
      config: {
        email: {
          primary: {
            kind: "smtp",
            name: "smtp",
            host: "mail.example.com",
            port: 587,
            tls: "starttls",
            auth: { user: "mailer", password: "p@ss" },
            from: { name: "Acme", address: "no-reply@example.com" },
            maxConnections: 5,
          },
          fallback: undefined,
        },
      },
    });
  });

  test("smtps means TLS from the first byte", () => {
    const env = { ...SMTP, SMTP_URL: "smtps://[::1]" };
    expect(inProduction(env)).toMatchObject({
      config: { email: { primary: { host: "::1", port: 465, tls: "implicit", auth: undefined } } },
    });
  });

  test("an API key stands in for the account's token", () => {
    const env = {
      ...TWILIO,
      TWILIO_AUTH_TOKEN: "",
      TWILIO_API_KEY_SID: "SK1",
      TWILIO_API_KEY_SECRET: "secret-of-key",
    };
    expect(inProduction(env)).toMatchObject({
      config: { sms: { primary: { credential: { user: "SK1", secret: "secret-of-key" } } } },
    });
  });

  test("a fallback of another kind has its own names, one of the same kind the prefix FALLBACK_", () => {
    const env = {
      ...TWILIO,
      ...WEBHOOK,
      ...SMTP,
      SMS_PROVIDER: "twilio",
      SMS_FALLBACK_PROVIDER: "webhook",
      EMAIL_FALLBACK_PROVIDER: "smtp",
      FALLBACK_SMTP_URL: "smtp://relay.example.net:2525",
    };
    expect(inProduction(env)).toMatchObject({
      config: {
        sms: { primary: { name: "twilio" }, fallback: { name: "sms_webhook", secret: SECRET } },
        email: {
          primary: { name: "smtp" },
          fallback: { name: "fallback_smtp", host: "relay.example.net", port: 2525, from: { name: "Acme" } },
        },
      },
    });
  });

  test("a value may stand in a file", () => {
    expect(
      inProduction({ ...TWILIO, TWILIO_AUTH_TOKEN: "", TWILIO_AUTH_TOKEN_FILE: "/run/token" }),
    ).toMatchObject({
      config: { sms: { primary: { credential: { secret: "token-of-twilio" } } } },
    });
  });
});

test("the time limits of deliveries are read", () => {
  const env = {
    DELIVERY_TRY_TIMEOUT_MS: "1000",
    DELIVERY_TIMEOUT_MS: "2500",
    DELIVERY_BREAKER_FAILURES: "2",
    DELIVERY_BREAKER_OPEN_MS: "5000",
  };
  expect(inProduction(env)).toMatchObject({
    config: {
      limits: { tryMs: 1_000, totalMs: 2_500, failuresToOpen: 2, openForMs: 5_000 },
    },
  });
});

test("development allows plaintext, http on loopback only", () => {
  expect(inDevelopment({ ...SMTP, SMTP_TLS: "off" })).toMatchObject({
    config: { email: { primary: { tls: "none" } } },
  });
  expect(inDevelopment({ ...TWILIO, TWILIO_BASE_URL: "http://localhost:8080" })).toMatchObject({ ok: true });
  expect(inDevelopment({ ...TWILIO, TWILIO_BASE_URL: "http://example.com" })).toMatchObject({
    problems: [{ name: "TWILIO_BASE_URL", problem: "must be https, or http on loopback" }],
  });
});
