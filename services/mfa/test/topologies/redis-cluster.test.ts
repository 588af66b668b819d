import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { beginEmail, enrolEmail, Mailbox, otherThan } from "../support/mailbox.js";
import { rejectedFor } from "../support/outcomes.js";
import { ChangingSecurity } from "../support/security.js";
import type { TestService, TestServiceOptions } from "../support/service.js";
import { expectAllSpent, expectAudited, logInWhile, mintCodes, MANY_LOGINS } from "./support/logins.js";
import { type RedisCluster, startRedisCluster } from "./support/redis-cluster.js";
import { startReady } from "./support/start-ready.js";
import { storesOf } from "./support/stores-of.js";

const mailbox = new Mailbox();
let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

function start(options: TestServiceOptions): Promise<TestService> {
  const { redis } = storesOf({ REDIS_URL: cluster.url });
  return startReady({ ...options, stores: { redis }, overrides: { senders: mailbox, ...options.overrides } });
}

test("every step of a login keeps to the keys of one slot, with all limits in force", async () => {
  const ample = { defaultRequestsPerMinute: 1_000, apiRequestsPerMinute: 1_000, loginAttemptsPerMinute: 1_000 };
  const security = new ChangingSecurity({ rateLimit: { enabled: true, ...ample } });
  await using service = await start({ config: { security } });
  const { client } = service;
  for (let count = 0; count < 10; count += 1) {
    const { userId, email } = await beginEmail(client);
    const code = mailbox.code(email);
    const wrong = await client.verifySetup({ userId, code: otherThan(code) });
    expect(wrong.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
    expect((await client.verifySetup({ userId, code })).outcome.case).toBe("enabled");
    for (const requestId of ["a", "a", "b"]) {
      await client.sendVerificationCode({ userId, requestId: `${userId}-${requestId}` });
    }
    const login = { userId, code: mailbox.code(email), requestId: `${userId}-c` };
    for (let again = 0; again < 2; again += 1) {
      expect((await client.verifyCode(login)).outcome.case).toBe("approved");
    }
    await client.sendVerificationCode({ userId });
    const last = await client.disableMfa({ userId, code: mailbox.code(email) });
    expect(last.outcome.case).toBe("disabled");
  }
});

test("users log in through the failover of a master, and those of other masters meanwhile", async () => {
  await using service = await start({ overrides: MANY_LOGINS });
  const codes = await mintCodes(service);
  const user = await enrolEmail(service.client, mailbox);
  await service.client.sendVerificationCode({ userId: user.userId });
  const mail = { userId: user.userId, code: mailbox.code(user.email) };
  expect((await service.client.verifyCode(mail)).outcome.case).toBe("approved");

  const report = await logInWhile(service, codes, async () => {
    await cluster.masters[0]![Symbol.asyncDispose]();
  });
  console.log(report.approved.length, report.unavailable, report.lostAnswers, report.outageMs);
  expect(report.lostAnswers).toBe(0);
  await expectAudited(service.database.sql, { ...report, approved: [...report.approved, mail] });
  await expectAllSpent(service, [...report.approved, mail]);
  expect(await service.client.setupMfa({ userId: "new", method: Method.TOTP })).toMatchObject({ method: Method.TOTP });
});
