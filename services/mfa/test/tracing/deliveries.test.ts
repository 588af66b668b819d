import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DeliveryConfig } from "../../src/delivery/delivery-config.js";
import { answering, HttpEndpoint } from "../delivery/http-endpoint.js";
import { SmtpRelay } from "../delivery/smtp-relay.js";
import { createCertificate } from "../support/caller/certificate.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { callersSpan, startTracedService, type TracedService } from "./support/traced-service.js";

const SECRET = "0123456789abcdef0123456789abcdef";
const LIMITS = { tryMs: 10_000, totalMs: 20_000, failuresToOpen: 5, openForMs: 30_000 };

let endpoint: HttpEndpoint;
let relay: SmtpRelay;
let origin: string;
let smtpPort: number;
let traced: TracedService;

beforeEach(async () => {
  endpoint = new HttpEndpoint();
  origin = await endpoint.listen();
  relay = new SmtpRelay(createCertificate(), { authOptional: true });
  smtpPort = await relay.listen();
});

afterEach(async () => {
  for (const owner of [traced, endpoint, relay]) await owner[Symbol.asyncDispose]();
});

async function start(delivery: Partial<DeliveryConfig>): Promise<void> {
  const policy = { ...DEFAULT_MFA_POLICY, allowedMethods: new Set(["totp", "sms", "email"] as const) };
  traced = await startTracedService({
    config: { delivery: { sms: undefined, email: undefined, limits: LIMITS, ...delivery } },
    overrides: { policy: () => policy },
  });
}

/** The span of the call, and those of providers that it asked. */
async function deliveriesOf(enrolment: { method: Method; phoneNumber?: string; email?: string }) {
  const caller = callersSpan();
  const { client } = traced.service;
  const outcome = await client.setupMfa({ userId: randomUUID(), ...enrolment }, caller).then(
    () => "sent",
    () => "not sent",
  );
  const spans = await traced.collector.trace(caller.traceId);
  const call = spans.find(({ kind }) => kind === "SERVER");
  return { outcome, call, caller, deliveries: spans.filter(({ name }) => name.startsWith("deliver ")) };
}

const bySms = { method: Method.SMS, phoneNumber: "+12025550147" };

test("a webhook of one's own goes on with the trace, from the span of its delivery", async () => {
  const webhook = {
    kind: "webhook",
    name: "sms_webhook",
    url: new URL("/sms?key=abc", origin),
    secret: SECRET,
  } as const;
  await start({ sms: { primary: webhook, fallback: undefined } });
  const { outcome, call, caller, deliveries } = await deliveriesOf(bySms);
  expect(outcome).toBe("sent");
  const [delivery] = deliveries;
  expect(deliveries).toEqual([
    expect.objectContaining({
      name: "deliver sms",
      kind: "CLIENT",
      parentSpanId: call?.spanId,
      failed: false,
      attributes: {
        "countersign.delivery.channel": "sms",
        "countersign.delivery.provider": "sms_webhook",
        "countersign.delivery.outcome": "delivered",
        "server.address": "127.0.0.1",
        "server.port": Number(new URL(origin).port),
      },
    }),
  ]);
  expect(endpoint.last().headers.traceparent).toBe(`00-${caller.traceId}-${delivery?.spanId}-01`);
  expect(endpoint.last().headers).not.toHaveProperty("tracestate");
  expect(endpoint.last().headers).not.toHaveProperty("baggage");
  const exported = Buffer.concat(traced.collector.bodies).toString("latin1");
  for (const untold of ["2025550147", "key=abc", SECRET]) expect(exported).not.toContain(untold);
});

test("providers other than a webhook have spans, but get no trace context; the fallback is a span of its own", async () => {
  const twilio = {
    kind: "twilio",
    name: "twilio",
    baseUrl: new URL(origin),
    accountSid: `AC${"0".repeat(32)}`,
    credential: { user: "user", secret: "token" },
    sender: { from: "+12025550100" },
  } as const;
  endpoint.respond = answering(503);
  await start({ sms: { primary: twilio, fallback: { ...twilio, name: "fallback" } } });
  const { outcome, deliveries } = await deliveriesOf(bySms);
  expect(outcome).toBe("not sent");
  expect(deliveries).toMatchObject([
    {
      failed: true,
      statusMessage: "",
      attributes: {
        "countersign.delivery.provider": "twilio",
        "countersign.delivery.outcome": "unavailable",
        "countersign.delivery.detail": "http 503",
        "error.type": "unavailable",
      },
    },
    { failed: true, attributes: { "countersign.delivery.provider": "fallback" } },
  ]);
  expect(endpoint.received).toHaveLength(2);
  for (const { headers, body } of endpoint.received)
    expect(JSON.stringify([headers, body])).not.toMatch(/trace|request.?id/i);
});

test("a relay's delivery is shown without a word of the mail, which has no trace header", async () => {
  const smtp = {
    kind: "smtp",
    name: "smtp",
    host: "127.0.0.1",
    port: smtpPort,
    tls: "none",
    auth: undefined,
    from: { name: "Example", address: "no-reply@example.com" },
    certificateAuthority: undefined,
    maxConnections: 1,
  } as const;
  await start({ email: { primary: smtp, fallback: undefined } });
  relay.answerRecipient = 550;
  const email = "not-to-be-told@example.com";
  const refused = await deliveriesOf({ method: Method.EMAIL, email });
  relay.answerRecipient = "accept";
  const taken = await deliveriesOf({ method: Method.EMAIL, email });
  expect(refused.deliveries).toMatchObject([
    {
      name: "deliver email",
      failed: true,
      attributes: {
        "server.port": smtpPort,
        "countersign.delivery.detail": "smtp 550",
        "error.type": "rejected",
      },
    },
  ]);
  expect(taken.deliveries).toMatchObject([{ failed: false }]);
  expect(relay.last().raw).not.toMatch(/trace/i);
  expect(Buffer.concat(traced.collector.bodies).toString("latin1")).not.toContain("not-to-be-told");
});
