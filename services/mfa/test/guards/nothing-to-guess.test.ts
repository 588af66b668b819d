import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { count, racersOf } from "../support/client/burst.js";
import { reasonOf } from "../support/client/errors.js";
import { wrongCode } from "../support/enrolment/authenticator.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { beginEmail, enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { ChangingSecurity, DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

const TIMES = 5;
const { verifyCode } = MfaService.method;
const mailbox = new Mailbox();
let service: TestService;
let codeExpiryMs = DEFAULT_MFA_POLICY.codeExpiryMs;
beforeAll(async () => {
  const policy = () => ({ ...DEFAULT_MFA_POLICY, codeExpiryMs });
  service = await startTestService({
    replicas: 2,
    overrides: { senders: mailbox, policy, lockoutScheduleMs: [3_600_000] },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const verify = async (request: Parameters<TestService["client"]["verifyCode"]>[0]) =>
  (await service.client.verifyCode(request)).outcome;

/** What is left after one wrong code tells how many attempts went before it. */
async function leftAfterWrong(request: { readonly userId: string; readonly code: string }): Promise<number> {
  const outcome = await verify(request);
  if (outcome.case !== "rejected") throw new Error("the code was not wrong");
  expect(outcome.value.reason).toBe(RejectionReason.INVALID_CODE);
  return outcome.value.remainingAttempts;
}

describe("a call that compares nothing costs no attempt:", () => {
  test("a code by a method that is not the user's", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const mailed = await enrolEmail(client, mailbox);
    await client.sendVerificationCode({ userId: mailed.userId });
    for (let time = 0; time < TIMES; time += 1) {
      for (const [user, method] of [
        [userId, Method.SMS],
        [userId, Method.EMAIL],
        [mailed.userId, Method.SMS],
        [mailed.userId, Method.TOTP],
      ] as const) {
        const refused = client.verifyCode({ userId: user, method, code: "123456" });
        await expect(refused).rejects.toSatisfy(reasonOf("METHOD_NOT_ALLOWED"));
      }
    }
    expect(await leftAfterWrong({ userId, code: wrongCode(authenticator, clock.ms) })).toBe(2);
    expect((await verify({ userId, code: authenticator.code(clock.ms) })).case).toBe("approved");
    expect((await verify({ userId: mailed.userId, code: mailbox.code(mailed.email) })).case).toBe("approved");
  });

  test("digits without a pending challenge, of either length, and with an id that names none", async () => {
    const { client } = service;
    const { userId, email } = await enrolEmail(client, mailbox);
    for (let time = 0; time < TIMES; time += 1) {
      for (const request of [{ code: "123456" }, { code: "12345678" }, { code: "123456", challengeId: "no" }])
        expect(await verify({ userId, ...request })).toMatchObject({
          case: "rejected",
          value: { reason: RejectionReason.NO_PENDING_CHALLENGE, remainingAttempts: 3 },
        });
    }
    await client.sendVerificationCode({ userId });
    expect(await leftAfterWrong({ userId, code: otherThan(mailbox.code(email)) })).toBe(2);
    expect((await verify({ userId, code: mailbox.code(email) })).case).toBe("approved");
  });

  test("a challenge id with an authenticator's code", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const code = authenticator.code(clock.ms);
    for (let time = 0; time < TIMES; time += 1) await verify({ userId, code, challengeId: "any" });
    expect((await verify({ userId, code })).case).toBe("approved");
  });

  test("a code whose time is over", async () => {
    const { client } = service;
    const { userId, email } = await enrolEmail(client, mailbox);
    codeExpiryMs = 30;
    await client.sendVerificationCode({ userId });
    codeExpiryMs = DEFAULT_MFA_POLICY.codeExpiryMs;
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (let time = 0; time < TIMES; time += 1) {
      expect(await verify({ userId, code: mailbox.code(email) })).toMatchObject({
        value: { reason: RejectionReason.CODE_EXPIRED, remainingAttempts: 3 },
      });
    }
    await client.sendVerificationCode({ userId });
    expect((await verify({ userId, code: mailbox.code(email) })).case).toBe("approved");
  });

  test("a confirmation before an enrolment, without a code on its way and after it", async () => {
    const { client, clock } = service;
    const confirm = async (userId: string, reason: Parameters<typeof reasonOf>[0]) => {
      for (let time = 0; time < TIMES; time += 1)
        await expect(client.verifySetup({ userId, code: "123456" })).rejects.toSatisfy(reasonOf(reason));
    };
    await confirm("early", "MFA_NOT_CONFIGURED");
    const early = await beginTotp(client, "early");
    const code = early.authenticator.code(clock.ms);
    expect((await client.verifySetup({ userId: "early", code })).outcome.case).toBe("enabled");
    await confirm("early", "MFA_ALREADY_VERIFIED");
    await service.database.sql`delete from mfa_settings where user_id = 'early'`;
    const again = await beginTotp(client, "early");
    const next = again.authenticator.code(clock.ms);
    expect((await client.verifySetup({ userId: "early", code: next })).outcome.case).toBe("enabled");
  });
});

test("200 calls over two replicas that compare nothing leave the user every attempt", async () => {
  await using racers = racersOf(service);
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const mailed = await enrolEmail(client, mailbox);
  await racers.race((each) => each.call(verifyCode, { userId, method: Method.SMS, code: "123456" }));
  await racers.race((each) => each.call(verifyCode, { userId: mailed.userId, code: "123456" }));
  expect(await leftAfterWrong({ userId, code: wrongCode(authenticator, clock.ms) })).toBe(2);
  await client.sendVerificationCode({ userId: mailed.userId });
  const wrong = otherThan(mailbox.code(mailed.email));
  expect(await leftAfterWrong({ userId: mailed.userId, code: wrong })).toBe(2);
});

test("wrong codes among 200 calls that compare nothing: never more are compared than the limit", async () => {
  await using racers = racersOf(service);
  const { client, clock } = service;
  for (let round = 0; round < 8; round += 1) {
    const { userId, authenticator } = await enrolTotp(client, clock);
    const code = wrongCode(authenticator, clock.ms);
    const outcomes = await racers.race((each, copy) =>
      each.call(verifyCode, copy % 2 === 0 ? { userId, code } : { userId, code, method: Method.EMAIL }),
    );
    expect(count(outcomes, "INVALID_CODE")).toBeLessThanOrEqual(3);
    for (let more = 0; more < 3; more += 1) await verify({ userId, code });
    expect(await verify({ userId, code: authenticator.code(clock.ms) })).toMatchObject({
      value: { reason: RejectionReason.TOO_MANY_ATTEMPTS },
    });
  }
}, 120_000);

test("an id that was made up leaves nothing in Redis", async () => {
  const rateLimit = { enabled: true, defaultRequestsPerMinute: 10_000, apiRequestsPerMinute: 10_000 };
  await using limited = await startTestService({ config: { security: new ChangingSecurity({ rateLimit }) } });
  const { stores, redisKeyPrefix } = limited.config;
  const redis = new Redis(stores!.redis.url);
  for (const code of ["123456", "12345678", "0123-4567-89ab"]) {
    const calls = Array.from({ length: 20 }, () =>
      limited.client.verifyCode({ userId: "made-up", code }).catch(() => undefined),
    );
    await Promise.all(calls);
  }
  await limited.client.verifySetup({ userId: "made-up", code: "123456" }).catch(() => undefined);
  const kept = (await redis.keys(`${redisKeyPrefix}*`)).filter((key) => key.includes("{"));
  redis.disconnect();
  expect(kept).toEqual([]);
});

describe("the user's own last code, given again, costs no attempt:", () => {
  const REPLAYED = { value: { reason: RejectionReason.CODE_REPLAYED, remainingAttempts: 3 } };

  test("an authenticator's; an older one does", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const [older, code] = [authenticator.code(clock.ms), authenticator.code(clock.ms, 1)];
    expect((await verify({ userId, code })).case).toBe("approved");
    // The success clears the scope after its answer.
    await expect.poll(() => verify({ userId, code })).toMatchObject(REPLAYED);
    for (let time = 0; time < TIMES; time += 1)
      expect(await verify({ userId, code })).toMatchObject(REPLAYED);
    expect(await verify({ userId, code: older })).toMatchObject({
      value: { reason: RejectionReason.CODE_REPLAYED, remainingAttempts: 2 },
    });
  });

  test("the user's own last code, given again, costs no attempt: one that was sent, and a backup code", async () => {
    const { client } = service;
    const { userId, email } = await enrolEmail(client, mailbox);
    await client.sendVerificationCode({ userId });
    const user = await enrolTotp(client, service.clock);
    for (const login of [
      { userId, code: mailbox.code(email) },
      { userId: user.userId, code: user.backupCodes[0]! },
    ]) {
      expect((await verify(login)).case).toBe("approved");
      await expect.poll(() => verify(login)).toMatchObject(REPLAYED);
      for (let time = 0; time < TIMES; time += 1) expect(await verify(login)).toMatchObject(REPLAYED);
    }
  });
});

test("wrong confirmations bring no login nearer to the lock that an operator has to end", async () => {
  const { client, clock, database } = service;
  const { userId, authenticator } = await beginTotp(client);
  const mailed = await beginEmail(client);
  for (let time = 0; time < 3; time += 1) {
    await client.verifySetup({ userId, code: wrongCode(authenticator, clock.ms) });
    await client.verifySetup({ userId: mailed.userId, code: otherThan(mailbox.code(mailed.email)) });
  }
  const rows = await database.sql<{ consecutive_failures: number }[]>`
    select consecutive_failures from mfa_settings where user_id in (${userId}, ${mailed.userId})`;
  expect(rows.map((row) => row.consecutive_failures)).toEqual([0, 0]);
});

test("locks go on growing through a success: who knows the password waits on", async () => {
  const schedule = [30, 3_600_000];
  await using growing = await startTestService({ overrides: { lockoutScheduleMs: schedule } });
  const { client, clock } = growing;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const code = wrongCode(authenticator, clock.ms);
  const lock = async () => {
    for (let time = 0; time < 2; time += 1) await client.verifyCode({ userId, code });
    const { outcome } = await client.verifyCode({ userId, code });
    return outcome.case === "rejected" ? Number(outcome.value.retryAfter?.seconds) : undefined;
  };
  expect(await lock()).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const right = { userId, code: authenticator.code(clock.ms) };
  expect((await client.verifyCode(right)).outcome.case).toBe("approved");
  await expect
    .poll(async () => (await client.verifyCode(right)).outcome.value)
    .toMatchObject({ remainingAttempts: 3 });
  expect(await lock()).toBe(3_600);
});
