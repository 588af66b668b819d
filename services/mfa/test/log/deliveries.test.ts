import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ServiceConfig } from "../../src/config/service-config.js";
import { answering, HttpEndpoint } from "../delivery/http-endpoint.js";
import { SmtpRelay } from "../delivery/smtp-relay.js";
import { recordingLog } from "../net/support/recording-log.js";
import { createCertificate } from "../support/caller/certificate.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

const USER = "wren";
const EMAIL = `${USER}.finch@leaks-nowhere.example.com`;
const PHONE = "+12025550147";
const log = recordingLog();
const receiver = new HttpEndpoint();
const relay = new SmtpRelay(createCertificate(), { authOptional: true });
let service: TestService;

beforeAll(async () => {
  const url = new URL(await receiver.listen());
  service = await startTestService({
    config: { delivery: deliveryBy(url, await relay.listen()) },
    overrides: {
      log,
      policy: () => ({ ...DEFAULT_MFA_POLICY, allowedMethods: new Set(["totp", "sms", "email"] as const) }),
    },
  });
});
afterAll(async () => {
  for (const each of [service, receiver, relay]) await each[Symbol.asyncDispose]();
});
beforeEach(() => void log.lines.splice(0));

function deliveryBy(url: URL, relayPort: number): ServiceConfig["delivery"] {
  const webhook = {
    kind: "webhook",
    name: "sms_webhook",
    url,
    secret: "0123456789abcdef0123456789abcdef",
  } as const;
  const smtp = {
    kind: "smtp",
    name: "smtp",
    host: "localhost",
    port: relayPort,
    tls: "none",
    auth: undefined,
    from: { name: "Acme", address: "no-reply@acme.example" },
    certificateAuthority: undefined,
    maxConnections: 1,
  } as const;
  return {
    sms: { primary: webhook, fallback: undefined },
    email: { primary: smtp, fallback: undefined },
    limits: { tryMs: 10_000, totalMs: 20_000, failuresToOpen: 50, openForMs: 30_000 },
  };
}

/** Asks for a code and gives the lines that say how it was delivered. */
async function deliver(to: "sms" | "email") {
  const requestId = randomUUID();
  const enrolment =
    to === "sms" ? { method: Method.SMS, phoneNumber: PHONE } : { method: Method.EMAIL, email: EMAIL };
  await service.client
    .setupMfa({ userId: randomUUID(), ...enrolment }, { headers: { "x-request-id": requestId } })
    .catch(() => undefined);
  return log.lines.filter(({ fields, message }) => fields.request_id === requestId && message !== "call");
}

test("a delivery that fails is one line with the relay's own words, the recipient masked", async () => {
  relay.answerRecipient = 550;
  const lines = await deliver("email");
  relay.answerRecipient = "accept";
  expect(lines).toMatchObject([
    {
      level: "warn",
      fields: { channel: "email", provider: "smtp", outcome: "rejected", detail: "smtp 550" },
    },
  ]);
  expect(lines[0]?.fields.provider_error).toMatch(/^# [\w #.<>:-]+$/);
  expect(lines[0]?.fields.provider_error).toMatch(/[a-z]{2}/);
  expect(JSON.stringify(log.lines)).not.toMatch(new RegExp(`${USER}|finch|leaks-nowhere`, "i"));
});

test("a receiver that echoes the whole request has number, code and signature masked", async () => {
  const error = "carrier unreachable";
  receiver.respond = (response, { headers, body }) => {
    response.writeHead(503).end(JSON.stringify({ error: `${error}: ${JSON.stringify(headers)} ${body}` }));
  };
  const [line] = await deliver("sms");
  expect(line).toMatchObject({ level: "warn", fields: { outcome: "unavailable", detail: "http 503" } });
  expect(line?.fields.provider_error).toContain(error);
  const [, code = "?"] =
    /(?<!\d)(\d{6})(?!\d)/.exec((JSON.parse(receiver.last().body) as { text: string }).text) ?? [];
  const told = JSON.stringify(log.lines);
  expect(told).not.toContain(code);
  expect(told).not.toContain(PHONE.slice(-7));
  expect(told).not.toContain(receiver.last().headers["countersign-signature"]!.slice(-20));
});

test("a connection that cannot be made says of what it failed", async () => {
  receiver.respond = (response) => response.destroy();
  const [line] = await deliver("sms");
  expect(line?.fields).toMatchObject({ outcome: "unavailable", detail: "no connection" });
  expect(line?.fields.provider_error).toMatch(/socket|closed|ECONNRESET/i);
});

test("a provider that takes messages again says so once, one that refuses a single message never failed", async () => {
  receiver.respond = answering(503);
  await deliver("sms");
  await deliver("sms");
  receiver.respond = answering(200);
  const messages = async () => (await deliver("sms")).map(({ message }) => message);
  expect(await messages()).toEqual(["provider accepted the message", "provider accepts messages again"]);
  expect(log.lines.find(({ message }) => message.endsWith("again"))?.fields).toMatchObject({
    channel: "sms",
    provider: "sms_webhook",
  });
  expect(await messages()).toEqual(["provider accepted the message"]);
  receiver.respond = answering(422);
  await deliver("sms");
  receiver.respond = answering(200);
  expect(await messages()).toEqual(["provider accepted the message"]);
});
