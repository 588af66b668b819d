import type { Environment } from "@countersign/settings";
import { expect, test } from "vitest";
import { inProduction, SECRET, SMTP, TWILIO, WEBHOOK } from "./delivery-config.fixture.js";

test.each<[string, Environment, string, string]>([
  [
    "plain http",
    { ...WEBHOOK, SMS_WEBHOOK_URL: "http://hooks.example.com/" },
    "SMS_WEBHOOK_URL",
    "must be https",
  ],
  [
    "plain http on loopback",
    { ...WEBHOOK, SMS_WEBHOOK_URL: "http://127.0.0.1/" },
    "SMS_WEBHOOK_URL",
    "must be https",
  ],
  [
    "another scheme",
    { ...TWILIO, TWILIO_BASE_URL: "file:///etc/passwd" },
    "TWILIO_BASE_URL",
    "must be https",
  ],
  [
    "credentials in a URL",
    { ...TWILIO, TWILIO_BASE_URL: "https://user:pass@example.com" },
    "TWILIO_BASE_URL",
    "must hold no user, password or fragment",
  ],
  [
    "a short secret",
    { ...WEBHOOK, SMS_WEBHOOK_SECRET: "short" },
    "SMS_WEBHOOK_SECRET",
    "must be at least 32 characters long",
  ],
  [
    "mail without TLS",
    { ...SMTP, SMTP_TLS: "off" },
    "SMTP_TLS",
    "may be off only in development or for a relay on loopback",
  ],
  [
    "options smuggled into the SMTP URL",
    { ...SMTP, SMTP_URL: "smtp://mail.example.com/?tls.rejectUnauthorized=false" },
    "SMTP_URL",
    "must hold no path, query or fragment",
  ],
  [
    "a user without password",
    { ...SMTP, SMTP_URL: "smtp://u@mail.example.com" },
    "SMTP_URL",
    "must hold both user and password, or neither",
  ],
  [
    "a bad escape",
    { ...SMTP, SMTP_URL: "smtp://u:%zz@mail.example.com" },
    "SMTP_URL",
    "must hold user and password percent-encoded",
  ],
  [
    "a web address for mail",
    { ...SMTP, SMTP_URL: "https://mail.example.com" },
    "SMTP_URL",
    "must be smtp://user:password@host:port, or smtps",
  ],
  [
    "a header in the sender",
    { ...SMTP, SMTP_FROM: "Acme\r\nBcc: eve@evil.com <a@example.com>" },
    "SMTP_FROM",
    "must be an e-mail address, or a name and an address in angle brackets",
  ],
  [
    "two senders",
    { ...TWILIO, TWILIO_MESSAGING_SERVICE_SID: "MG1" },
    "TWILIO_MESSAGING_SERVICE_SID",
    "is set together with TWILIO_FROM",
  ],
  [
    "a path in the account",
    { ...TWILIO, TWILIO_ACCOUNT_SID: "../AC1" },
    "TWILIO_ACCOUNT_SID",
    "must be letters, digits and hyphens",
  ],
  [
    "two providers and no choice",
    { ...TWILIO, ...WEBHOOK },
    "SMS_PROVIDER",
    "is required, for several are configured: twilio, webhook",
  ],
  [
    "a fallback of nothing",
    { SMS_FALLBACK_PROVIDER: "webhook" },
    "SMS_FALLBACK_PROVIDER",
    "needs a SMS_PROVIDER",
  ],
  [
    "a fallback to itself",
    { ...WEBHOOK, SMS_FALLBACK_PROVIDER: "webhook", FALLBACK_SMS_WEBHOOK_SECRET: SECRET },
    "FALLBACK_SMS_WEBHOOK_URL",
    "is required",
  ],
  [
    "a value given twice",
    { ...TWILIO, TWILIO_AUTH_TOKEN_FILE: "/run/token" },
    "TWILIO_AUTH_TOKEN",
    "is set together with TWILIO_AUTH_TOKEN_FILE",
  ],
  [
    "an unreadable file",
    { ...TWILIO, TWILIO_FROM: "", TWILIO_FROM_FILE: "/none" },
    "TWILIO_FROM_FILE",
    "names a file that cannot be read (unknown error)",
  ],
  [
    "two lines in a file",
    { ...TWILIO, TWILIO_FROM: "", TWILIO_FROM_FILE: "/run/two-lines" },
    "TWILIO_FROM",
    "must be a number in E.164, a short code or a sender id of at most 11 characters",
  ],
  [
    "a limit in words",
    { DELIVERY_TRY_TIMEOUT_MS: "4s" },
    "DELIVERY_TRY_TIMEOUT_MS",
    "must be a whole number of milliseconds, 100 to 60000",
  ],
  [
    "a whole shorter than its part",
    { DELIVERY_TIMEOUT_MS: "3999" },
    "DELIVERY_TIMEOUT_MS",
    "must not be shorter than DELIVERY_TRY_TIMEOUT_MS",
  ],
])("production refuses %s", (_what, env, name, problem) => {
  expect(inProduction(env)).toEqual({ ok: false, problems: [{ name, problem }] });
});

test("every problem of delivery is reported together, none with a value in it", () => {
  const env = {
    SMS_PROVIDER: "twilio",
    TWILIO_AUTH_TOKEN: "hunter2",
    EMAIL_PROVIDER: "smtp",
    SMTP_URL: "smtp://user:hunter2@mail.example.com/path",
  };
  const read = inProduction(env);
  expect((read.problems ?? []).map(({ name }) => name)).toEqual([
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_FROM",
    "SMTP_URL",
    "SMTP_FROM",
  ]);
  expect(JSON.stringify(read)).not.toContain("hunter2");
});
