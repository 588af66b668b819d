import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FactorMethod } from "../../src/domain/factor/method.js";
import type { UserId } from "../../src/domain/user-id.js";
import { keysOfUser } from "../../src/storage/redis/client/user-keys.js";
import { type AdminClient, adminClient } from "../support/client/admin-client.js";
import { count, racersOf } from "../support/client/burst.js";
import { reasonOf } from "../support/client/errors.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { type OwnRedis, startRedis } from "../support/stores/redis.js";

const ALL: readonly FactorMethod[] = ["totp", "sms", "email"];
const mailbox = new Mailbox();
const { verifyCode } = MfaService.method;
let own: OwnRedis;
let redis: Redis;
let service: TestService;
let admin: AdminClient;
let allowedMethods: ReadonlySet<FactorMethod> = new Set(ALL);
beforeAll(async () => {
  own = await startRedis();
  redis = new Redis(own.url);
  const policy = () => ({ ...DEFAULT_MFA_POLICY, allowedMethods });
  service = await startTestService({
    replicas: 2,
    redisUrl: own.url,
    overrides: { senders: mailbox, policy, lockoutScheduleMs: [3_600_000] },
  });
  admin = adminClient(service);
});
afterEach(() => {
  allowedMethods = new Set(ALL);
});
afterAll(async () => {
  redis.disconnect();
  await service[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
});

/** A login that was approved under a request id. */
async function approvedLogin() {
  const user = await enrolTotp(service.client, service.clock);
  const login = {
    userId: user.userId,
    code: user.authenticator.code(service.clock.ms),
    requestId: randomUUID(),
  };
  expect((await service.client.verifyCode(login)).outcome.case).toBe("approved");
  return { ...user, login };
}

describe("an approval is not given again once what it approved is gone:", () => {
  const reason = "a stolen phone";

  test.each([
    [
      "DisableMfa",
      async ({ userId, backupCodes }: Awaited<ReturnType<typeof approvedLogin>>) => {
        const { outcome } = await service.client.disableMfa({ userId, code: backupCodes[0]! });
        expect(outcome.case).toBe("disabled");
      },
      "MFA_NOT_ENABLED",
    ],
    ["ResetMfa", ({ userId }: { userId: string }) => admin.resetMfa({ userId, reason }), "MFA_NOT_ENABLED"],
    ["EraseUser", ({ userId }: { userId: string }) => admin.eraseUser({ userId, reason }), "MFA_NOT_ENABLED"],
    [
      "a new enrolment",
      async ({ userId }: { userId: string }) => {
        await admin.resetMfa({ userId, reason });
        const { authenticator } = await beginTotp(service.client, userId);
        await service.client.verifySetup({ userId, code: authenticator.code(service.clock.ms) });
      },
      "REQUEST_ID_REUSED",
    ],
    [
      "a change of policy",
      () => {
        allowedMethods = new Set(["email"]);
        return Promise.resolve();
      },
      "METHOD_NOT_ALLOWED",
    ],
  ] as const)("an approval is not given again once what it approved is gone: %s", async (_, end, refusal) => {
    const user = await approvedLogin();
    expect((await service.client.verifyCode(user.login)).outcome.case).toBe("approved");
    await end(user);
    for (const { client } of service.replicas)
      await expect(client.verifyCode(user.login)).rejects.toSatisfy(reasonOf(refusal));
  });

  test("a code that was sent, for a factor that is gone", async () => {
    const { client } = service;
    const { userId, email } = await enrolEmail(client, mailbox);
    const send = { userId, requestId: randomUUID() };
    const first = await client.sendVerificationCode(send);
    expect(await client.sendVerificationCode(send)).toEqual(first);
    await admin.resetMfa({ userId, reason });
    await expect(client.sendVerificationCode(send)).rejects.toSatisfy(reasonOf("MFA_NOT_CONFIGURED"));
    await client.setupMfa({ userId, method: Method.EMAIL, email });
    await expect(client.sendVerificationCode(send)).rejects.toSatisfy(reasonOf("REQUEST_ID_REUSED"));
  });
});

test("each repeat leaves a row that says whose answer was given again", async () => {
  const { login } = await approvedLogin();
  const wrong = { ...login, code: "00000000", requestId: randomUUID() };
  for (let time = 0; time < 3; time += 1)
    for (const request of [login, wrong]) await service.client.verifyCode(request);
  const rows = await service.database.sql`
    select action, outcome, reason, method, purpose, details from mfa_audit_events
    join mfa_audit_subjects using (user_ref) where user_id = ${login.userId} and action = 'answer_repeated'
    order by outcome desc`;
  const row = {
    action: "answer_repeated",
    method: "totp",
    purpose: "verify",
    details: { rpc: "VerifyCode" },
  };
  const succeeded = { ...row, outcome: "succeeded", reason: null };
  const rejected = { ...row, outcome: "rejected", reason: "INVALID_CODE" };
  expect(rows.map((each) => ({ ...each }))).toEqual([succeeded, succeeded, succeeded, rejected, rejected]);
});

test("200 copies of a wrong code under one id over two replicas cost one attempt, with Redis flushed in between too", async () => {
  await using racers = racersOf(service);
  for (const flush of [false, true]) {
    const { userId, authenticator } = await enrolTotp(service.client, service.clock);
    const login = { userId, code: otherThan(authenticator.code(service.clock.ms)), requestId: randomUUID() };
    const flushing = flush ? redis.flushall() : undefined;
    const outcomes = await racers.race((client) => client.call(verifyCode, login));
    await flushing;
    expect(count(outcomes, "INVALID_CODE")).toBeGreaterThan(0);
    const [row] = await service.database.sql`
      select count(*)::int as compared from mfa_audit_events join mfa_audit_subjects using (user_ref)
      where user_id = ${userId} and action = 'verify_code' and reason = 'INVALID_CODE'`;
    // A flush forgets the request together with its charge: what is charged anew is the only charge that stands.
    expect(Number(row?.compared)).toBeLessThanOrEqual(flush ? 2 : 1);
    expect(
      await redis.hget(keysOfUser(service.config.redisKeyPrefix, userId as UserId).scope("primary"), "used"),
    ).toBe("1");
  }
});

test("a right code under one id over two replicas is approved for every copy that is answered, and accepted once", async () => {
  await using racers = racersOf(service);
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const login = { userId, code: authenticator.code(service.clock.ms), requestId: randomUUID() };
  const outcomes = await racers.race((client) => client.call(verifyCode, login), 50);
  expect(new Set(outcomes.filter((outcome) => !outcome.includes("being worked on")))).toEqual(
    new Set(["approved"]),
  );
  const [row] = await service.database.sql`
    select count(*)::int as accepted from mfa_audit_events join mfa_audit_subjects using (user_ref)
    where user_id = ${userId} and action = 'verify_code' and outcome = 'succeeded'`;
  expect(row?.accepted).toBe(1);
});

test("a request whose replica died goes on when its deadline has passed, with the charge that was made", async () => {
  const { userId, email } = await enrolEmail(service.client, mailbox);
  await service.client.sendVerificationCode({ userId });
  const login = { userId, code: mailbox.code(email), requestId: randomUUID() };
  await service.database
    .sql`alter table mfa_audit_events add constraint dead check (action <> 'verify_code') not valid`;
  await expect(service.client.verifyCode(login)).rejects.toThrow();
  await service.database.sql`alter table mfa_audit_events drop constraint dead`;
  // As a replica leaves it that dies after the charge: claimed, charged, never released.
  const [key] = await redis.keys("*request:*").then((keys) => lastCharged(keys, userId));
  await redis.hset(key!, "owner", "who died", "leased_until", String(Date.now() + 2_000));
  await expect(service.client.verifyCode(login)).rejects.toSatisfy(reasonOf("REQUEST_IN_FLIGHT"));
  const answer = () => service.client.verifyCode(login).then(({ outcome }) => outcome.case, String);
  await expect.poll(answer).toBe("approved");
});

/** The user's request, which has been charged. */
async function lastCharged(keys: readonly string[], userId: string): Promise<readonly string[]> {
  const { redisKeyPrefix } = service.config;
  const start = keysOfUser(redisKeyPrefix, userId as UserId).request("");
  const own = keys.filter((key) => key.startsWith(start));
  const charged = await Promise.all(own.map((key) => redis.hexists(key, "charge")));
  return own.filter((_, at) => charged[at] === 1);
}

test("a kept charge that was made to say that another code was right approves nobody", async () => {
  const { userId, email } = await enrolEmail(service.client, mailbox);
  await service.client.sendVerificationCode({ userId });
  const login = { userId, code: otherThan(mailbox.code(email)), requestId: randomUUID() };
  expect((await service.client.verifyCode(login)).outcome.case).toBe("rejected");
  const keys = keysOfUser(service.config.redisKeyPrefix, userId as UserId);
  const [challenge] = Object.entries(await redis.hgetall(keys.challenges)).filter(
    ([id]) => !id.startsWith("pace:"),
  );
  const { mac, binding } = JSON.parse(challenge![1]) as { mac: string; binding: string };
  const [key] = await redis.keys(`${keys.request("")}*`);
  await redis.hdel(key!, "answer", "leased_until");
  const forged = [1, 2, 0, "1", "matched", String(Date.now() * 1_000), binding, mac];
  await redis.hset(key!, "charge", JSON.stringify(forged));
  await expect(service.client.verifyCode(login)).rejects.toSatisfy(reasonOf("INTERNAL"));
});
