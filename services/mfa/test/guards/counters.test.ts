import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import { bearing, startWithCallers } from "../support/caller/listed-callers.js";
import { wrongCode } from "../support/enrolment/authenticator.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

/** Wrong codes that were compared, by the audit log. */
async function compared({ database }: TestService, action = "verify_code"): Promise<number> {
  const [row] = await database.sql`
    select count(*)::int as count from mfa_audit_events where action = ${action} and reason = 'INVALID_CODE'`;
  return Number(row?.count);
}

test("nothing that a caller can vary gives another attempt", async () => {
  const mailbox = new Mailbox();
  // Without callers a request that says it passed a proxy is nobody's.
  const { key, bearer } = sharedSecret();
  await using listed = await startWithCallers({
    replicas: 2,
    bearer: () => bearer,
    overrides: { senders: mailbox, lockoutScheduleMs: [3_600_000] },
  });
  const { service } = listed;
  const bearerToken = await token(key, service.clock);
  const clients = service.replicas.map((replica) => bearing(replica, bearerToken));
  const { userId, email } = await enrolEmail(clients[0]!, mailbox);
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const client = clients[attempt % 2]!;
    await client.sendVerificationCode({ userId, requestId: randomUUID() }).catch(() => undefined);
    const ip = `192.0.2.${attempt}`;
    await client.verifyCode(
      {
        userId,
        code: otherThan(mailbox.code(email)),
        requestId: randomUUID(),
        context: { ipAddress: ip, userAgent: `agent-${attempt}` },
      },
      { headers: { "x-request-id": randomUUID(), "x-forwarded-for": ip, forwarded: `for=${ip}` } },
    );
  }
  expect(await compared(service)).toBe(3);
});

test("ids that are alike but for a letter, a brace or a colon are users of their own", async () => {
  await using service = await startTestService();
  const { client, clock } = service;
  const long = "x".repeat(127);
  const ids = ["{a}b", "{a}c", "a}:b", "a:b", "a", "A", "a.", "*", `${long}1`, `${long}2`];
  const users = [];
  for (const id of ids) users.push(await enrolTotp(client, clock, id));
  const [victim, ...others] = users;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const code = wrongCode(victim!.authenticator, clock.ms);
    await client.verifyCode({ userId: victim!.userId, code });
  }
  for (const { userId, authenticator } of others) {
    const { outcome } = await client.verifyCode({ userId, code: authenticator.code(clock.ms) });
    expect({ userId, outcome: outcome.case }).toEqual({ userId, outcome: "approved" });
  }
  const right = { userId: victim!.userId, code: victim!.authenticator.code(clock.ms) };
  expect((await client.verifyCode(right)).outcome.case).toBe("rejected");
});

test("beginning an enrolment again gives no further attempts at confirming one", async () => {
  await using service = await startTestService({ overrides: { lockoutScheduleMs: [3_600_000] } });
  const { client, clock } = service;
  for (let round = 0; round < 20; round += 1) {
    const { userId, authenticator } = await beginTotp(client, "eve");
    await client.verifySetup({ userId, code: wrongCode(authenticator, clock.ms) });
  }
  expect(await compared(service, "verify_setup")).toBe(3);
});

test("no header moves the time that codes are judged by", async () => {
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 100 };
  await using service = await startTestService({ overrides: { policy: () => policy } });
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const [later, code] = [clock.ms + 300_000, authenticator.code(clock.ms, 10)];
  for (const name of ["date", "x-time", "x-timestamp", "if-modified-since", "expires", "grpc-time"]) {
    const headers = { [name]: new Date(later).toUTCString() };
    expect((await client.verifyCode({ userId, code }, { headers })).outcome.case).toBe("rejected");
  }
});

test("codes go to the enrolled destination alone: a request cannot name another", async () => {
  const mailbox = new Mailbox();
  await using service = await startTestService({ overrides: { senders: mailbox } });
  const { userId, email } = await enrolEmail(service.client, mailbox);
  for (const field of ["email", "phoneNumber", "destination", "to"]) {
    const response = await fetch(`${service.url}/${MfaService.typeName}/SendVerificationCode`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId, [field]: "eve@example.com" }),
    });
    expect(response.status).toBe(400);
  }
  await service.client.sendVerificationCode({ userId, method: Method.EMAIL });
  expect(new Set(mailbox.list().map(({ to }) => to))).toEqual(new Set([email]));
  expect(mailbox.list()).toHaveLength(2);
});
