import { createSettingsReader } from "@countersign/settings";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readDeliveryConfig } from "../../src/config/delivery/delivery-config.js";
import type { DeliveryAttempt } from "../../src/delivery/attempt/observed.js";
import { createSenders } from "../../src/delivery/create-senders.js";
import { delivered, timedOut, unavailable } from "../../src/domain/delivery/delivery.js";
import { createCertificate } from "../support/caller/certificate.js";
import { answering, HttpEndpoint } from "./http-endpoint.js";
import { SmtpRelay } from "./smtp-relay.js";

const SECRET = "0123456789abcdef0123456789abcdef";
const SMS = { to: "+12015550123", text: "012345 is your Acme code" };
const MAIL = { to: "ada@example.com", subject: "Code", text: "012345", html: "<p>012345</p>" };
const DOWN = answering(503, "sorry, +12015550123");

let twilio: HttpEndpoint;
let webhook: HttpEndpoint;
let origins: { twilio: string; webhook: string };
const owned: AsyncDisposable[] = [];

beforeEach(async () => {
  twilio = new HttpEndpoint();
  webhook = new HttpEndpoint();
  origins = { twilio: await twilio.listen(), webhook: await webhook.listen() };
  owned.push(twilio, webhook);
});

afterEach(async () => {
  for (const each of owned.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function deliveryConfig(env: Record<string, string>, development: boolean) {
  const reader = createSettingsReader(env, { readFile: () => "", production: !development });
  const config = readDeliveryConfig(reader, development);
  if (reader.problems().length > 0) throw new Error(reader.problems().join());
  return config;
}

function createFrom(env: Record<string, string>) {
  const config = deliveryConfig(env, true);
  const attempts: DeliveryAttempt[] = [];
  const clock = { ms: Date.now() };
  const senders = createSenders(config, {
    now: () => clock.ms,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  owned.push(senders);
  return { ...senders, attempts, clock };
}

function createSms(changes: Record<string, string> = {}) {
  const created = createFrom({
    SMS_PROVIDER: "twilio",
    TWILIO_ACCOUNT_SID: "AC42",
    TWILIO_AUTH_TOKEN: "token-of-twilio",
    TWILIO_FROM: "+12015550100",
    TWILIO_BASE_URL: origins.twilio,
    SMS_FALLBACK_PROVIDER: "webhook",
    SMS_WEBHOOK_URL: origins.webhook,
    SMS_WEBHOOK_SECRET: SECRET,
    DELIVERY_TRY_TIMEOUT_MS: "10000",
    DELIVERY_TIMEOUT_MS: "30000",
    DELIVERY_BREAKER_FAILURES: "3",
    ...changes,
  });
  const { sms } = created;
  if (sms === undefined) throw new Error("no SMS sender");
  const send = (signal = new AbortController().signal) => sms.send(SMS, { signal, idempotencyKey: "send-1" });
  return { ...created, send };
}

function requests() {
  return { twilio: twilio.received.length, webhook: webhook.received.length };
}

describe("SMS through a primary and a fallback", () => {
  test("a primary that works is the only one asked", async () => {
    const { send, attempts } = createSms();
    expect(await send()).toEqual(delivered("twilio"));
    expect(requests()).toEqual({ twilio: 1, webhook: 0 });
    expect(attempts).toEqual([
      { channel: "sms", provider: "twilio", outcome: "delivered", detail: "", durationMs: 0 },
    ]);
  });

  test("a primary that is down hands over the same message under the same key", async () => {
    twilio.respond = DOWN;
    expect(await createSms().send()).toEqual(delivered("sms_webhook"));
    expect(requests()).toEqual({ twilio: 1, webhook: 1 });
    expect(webhook.last().headers).toMatchObject({ "idempotency-key": "send-1" });
    expect(JSON.parse(webhook.last().body)).toMatchObject(SMS);
  });

  test("a primary that hangs is given up, and the code still goes out in time", async () => {
    twilio.respond = () => undefined;
    const { send } = createSms({ DELIVERY_TRY_TIMEOUT_MS: "1000" });
    expect(await send()).toEqual(delivered("sms_webhook"));
    expect(requests()).toEqual({ twilio: 1, webhook: 1 });
  });

  test("a message the primary refuses is not tried elsewhere", async () => {
    twilio.respond = answering(400, '{"code":21610}');
    expect(await createSms().send()).toMatchObject({
      failure: { kind: "rejected", detail: "http 400 code 21610" },
    });
    expect(requests()).toEqual({ twilio: 1, webhook: 0 });
  });

  test("SMS through a primary and a fallback: with both down, each was asked once", async () => {
    twilio.respond = DOWN;
    webhook.respond = answering(500);
    expect(await createSms().send()).toEqual(unavailable("sms_webhook", "http 500"));
    expect(requests()).toEqual({ twilio: 1, webhook: 1 });
  });

  test("SMS through a primary and a fallback: with both hanging, the whole ends with its own limit", async () => {
    twilio.respond = webhook.respond = () => undefined;
    const { send } = createSms({ DELIVERY_TRY_TIMEOUT_MS: "1000", DELIVERY_TIMEOUT_MS: "1200" });
    expect(await send()).toEqual(timedOut("sms", "no answer in time"));
  });

  test("a caller who hangs up ends it, and nobody else is asked", async () => {
    const caller = new AbortController();
    twilio.respond = () => caller.abort();
    expect(await createSms().send(caller.signal)).toMatchObject({ failure: { kind: "timeout" } });
    expect(requests()).toEqual({ twilio: 1, webhook: 0 });
  });

  test("a primary that keeps failing is left alone, then tried once, then used again", async () => {
    const { send, clock, attempts } = createSms({ DELIVERY_BREAKER_OPEN_MS: "30000" });
    twilio.respond = DOWN;
    for (let sends = 0; sends < 5; sends += 1) expect(await send()).toEqual(delivered("sms_webhook"));
    expect(requests()).toEqual({ twilio: 3, webhook: 5 });
    expect(attempts.at(-2)).toMatchObject({
      provider: "twilio",
      outcome: "unavailable",
      detail: "circuit open",
    });
    clock.ms += 30_000;
    await send();
    expect(twilio.received).toHaveLength(4);
    twilio.respond = answering(201);
    clock.ms += 30_000;
    expect(await send()).toEqual(delivered("twilio"));
    expect(await send()).toEqual(delivered("twilio"));
    expect(requests()).toEqual({ twilio: 6, webhook: 6 });
  });

  test("a hundred concurrent sends over a flaky primary reach each provider at most once each", async () => {
    let turn = 0;
    twilio.respond = (response) => {
      turn += 1;
      response.writeHead(turn % 3 === 0 ? 503 : 201).end();
    };
    const { send } = createSms({
      DELIVERY_BREAKER_FAILURES: "1000",
      DELIVERY_TRY_TIMEOUT_MS: "5000",
      DELIVERY_TIMEOUT_MS: "9000",
    });
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => send()));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(requests()).toEqual({ twilio: 100, webhook: 33 });
  });

  test("no failure and no attempt tells the number, the code or a secret", async () => {
    twilio.respond = DOWN;
    webhook.respond = answering(422, "no such number +12015550123");
    const { send, attempts } = createSms();
    const told = JSON.stringify([await send(), attempts]);
    expect(told).toContain("http 422");
    expect(told).not.toMatch(/5550123|012345|token-of-twilio|0123456789abcdef|127\.0\.0\.1/);
  });
});

describe("e-mail", () => {
  const send = { signal: new AbortController().signal, idempotencyKey: "send-1" };

  test("e-mail goes by SMTP, and by webhook while the relay is down", async () => {
    const relay = new SmtpRelay(createCertificate(), { authOptional: true });
    owned.push(relay);
    const { email } = createFrom({
      EMAIL_PROVIDER: "smtp",
      SMTP_URL: `smtp://127.0.0.1:${await relay.listen()}`,
      SMTP_TLS: "off",
      SMTP_FROM: "Acme <no-reply@acme.example>",
      EMAIL_FALLBACK_PROVIDER: "webhook",
      EMAIL_WEBHOOK_URL: origins.webhook,
      EMAIL_WEBHOOK_SECRET: SECRET,
    });
    expect(await email?.send(MAIL, send)).toEqual(delivered("smtp"));
    await relay[Symbol.asyncDispose]();
    expect(await email?.send(MAIL, send)).toEqual(delivered("email_webhook"));
    expect(relay.received).toHaveLength(1);
    expect(JSON.parse(webhook.last().body)).toEqual({ channel: "email", ...MAIL });
  });

  test("e-mail goes to the outbox in development if no provider is configured", async () => {
    const { email, sms, outbox } = createFrom({});
    await email?.send(MAIL, send);
    await sms?.send(SMS, send);
    expect(outbox?.list()).toMatchObject([
      { channel: "sms", ...SMS },
      { channel: "email", ...MAIL },
    ]);
  });

  test("the outbox stands in only where nobody is configured", async () => {
    const { sms, outbox } = createFrom({
      SMS_WEBHOOK_URL: origins.webhook,
      SMS_WEBHOOK_SECRET: SECRET,
    });
    expect(await sms?.send(SMS, send)).toEqual(delivered("sms_webhook"));
    expect(outbox?.list()).toEqual([]);
  });

  test("production has no outbox", () => {
    const senders = createSenders(deliveryConfig({}, false), { now: () => 0, onAttempt: () => undefined });
    expect([senders.sms, senders.email, senders.outbox]).toEqual([undefined, undefined, undefined]);
  });
});
