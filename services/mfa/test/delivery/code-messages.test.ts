import { ConnectError } from "@connectrpc/connect";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ServiceConfig } from "../../src/config/service-config.js";
import { createCertificate } from "../support/caller/certificate.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { AMPLE_LIMITS, HALF_A_MINUTE, startTestService, type TestService } from "../support/service.js";
import { answering, HttpEndpoint } from "./http-endpoint.js";
import { CREDENTIALS, SmtpRelay } from "./smtp-relay.js";

const PHONE = "+12025550123";
const LIMITS = { tryMs: 1_500, totalMs: 3_000, failuresToOpen: 1_000, openForMs: 30_000 };
const ONE_AN_HOUR = { max: 1, windowMs: 3_600_000 };
const policy = { ...DEFAULT_MFA_POLICY, allowedMethods: new Set(["totp", "sms", "email"] as const) };

/** The service with an SMTP relay and an SMS webhook, and limits that a second message would break. */
function startWith(delivery: Pick<ServiceConfig["delivery"], "sms" | "email">): Promise<TestService> {
  return startTestService({
    overrides: { policy: () => policy },
    config: {
      delivery: {
        ...delivery,
        limits: LIMITS,
      },
      sendLimits: {
        ...AMPLE_LIMITS,
        cooldown: HALF_A_MINUTE,
        user: { max: 2, windowMs: 3_600_000 },
        overall: ONE_AN_HOUR,
      },
    },
  });
}

test("a user enrols and logs in by e-mail through an SMTP relay with TLS and authentication", async () => {
  const certificate = createCertificate();
  await using relay = new SmtpRelay(certificate);
  const port = await relay.listen();
  const smtp = {
    kind: "smtp",
    name: "smtp",
    host: "localhost",
    port,
    tls: "starttls",
    auth: CREDENTIALS,
  } as const;
  const from = { name: "Acme", address: "no-reply@acme.example" };
  const primary = { ...smtp, from, certificateAuthority: certificate.cert, maxConnections: 2 };
  await using service = await startTestService({
    config: {
      delivery: {
        sms: undefined,
        email: { primary, fallback: undefined },
        limits: { ...LIMITS, tryMs: 5_000, totalMs: 10_000 },
      },
    },
  });
  const { client } = service;
  const received = () => /^ {4}([0-9]{6})\r?$/m.exec(relay.last().raw)![1]!;
  const userId = "erin";
  await client.setupMfa({ userId, method: Method.EMAIL, email: "erin@example.com" });
  expect(relay.last()).toMatchObject({ to: ["erin@example.com"], encrypted: true });
  expect((await client.verifySetup({ userId, code: received() })).outcome.case).toBe("enabled");
  await client.sendVerificationCode({ userId });
  expect((await client.verifyCode({ userId, code: received() })).outcome.case).toBe("approved");

  const bySms = client.setupMfa({ userId: "sam", method: Method.SMS, phoneNumber: PHONE });
  expect(await failureOf(bySms)).toMatchObject({ reason: "METHOD_NOT_ALLOWED" });
});

describe("a provider that", () => {
  let endpoint: HttpEndpoint;
  let service: TestService;
  beforeEach(async () => {
    endpoint = new HttpEndpoint();
    const url = new URL(`${await endpoint.listen()}/sms`);
    const primary = { kind: "webhook", name: "hook", url, secret: "s".repeat(32) } as const;
    service = await startWith({ sms: { primary, fallback: undefined }, email: undefined });
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    await endpoint[Symbol.asyncDispose]();
  });

  const setup = () => service.client.setupMfa({ userId: "sam", method: Method.SMS, phoneNumber: PHONE });
  const lastCode = () => /[0-9]{6}/.exec(endpoint.last().body.replace(PHONE, ""))![0];

  test.each([
    ["is down", answering(503), "unavailable", true],
    ["refuses the number", answering(422), "rejected", false],
    ["hangs", () => undefined, "timeout", true],
    ["breaks the connection", (response: { destroy(): void }) => response.destroy(), "unavailable", true],
  ] as const)("%s: the code is dead and the limits are as they were", async (_, respond, failure, retry) => {
    endpoint.respond = respond;
    expect(await failureOf(setup())).toEqual({ reason: "DELIVERY_FAILED", failure, retry });
    const dead = lastCode();
    expect((await service.client.verifySetup({ userId: "sam", code: dead })).outcome).toEqual(
      rejectedFor(RejectionReason.NO_PENDING_CHALLENGE),
    );
    endpoint.respond = answering(200);
    await setup(); // neither the cooldown nor the one message an hour stands in its way
    expect((await service.client.verifySetup({ userId: "sam", code: lastCode() })).outcome.case).toBe(
      "enabled",
    );
    expect(await failureOf(service.client.sendVerificationCode({ userId: "sam" }))).toMatchObject({
      reason: "SEND_RATE_LIMITED",
    });
    expect(await sendRows(service)).toEqual(["enrol succeeded sms", "verify refused SEND_RATE_LIMITED"]);
  });

  test("a provider that is slow but answers in time: the code that the first reader enters immediately is accepted", async () => {
    endpoint.respond = (response) => setTimeout(() => answering(200)(response, endpoint.last()), 150);
    const sending = setup();
    await expect.poll(() => endpoint.received.length).toBe(1);
    await sending;
    expect((await service.client.verifySetup({ userId: "sam", code: lastCode() })).outcome.case).toBe(
      "enabled",
    );
  });
});

async function sendRows({ database }: TestService): Promise<string[]> {
  const rows = await database.sql`
    select concat_ws(' ', purpose, outcome, method, reason) as line from mfa_audit_events
    where action = 'send_verification_code' order by occurred_at, line`;
  return rows.map(({ line }) => String(line));
}

async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!(error instanceof ConnectError)) throw new Error("it did not fail");
  const info = error.findDetails(ErrorInfoSchema)[0];
  const retry = error.findDetails(RetryInfoSchema).length > 0;
  return { reason: info?.reason, failure: info?.metadata.failure, retry };
}
