import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminClient } from "../support/client/admin-client.js";
import { reasonOf } from "../support/client/errors.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { type MfaClient, startTestService, type TestService } from "../support/service.js";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const LOCKED = RejectionReason.TOO_MANY_ATTEMPTS;
const reason = "called";

let service: TestService;
const mailbox = new Mailbox();
beforeAll(async () => {
  // The locks of the lockout schedule expire immediately: what holds is what Postgres counts.
  service = await startTestService({ overrides: { senders: mailbox, lockoutScheduleMs: [1] } });
});
afterAll(() => service[Symbol.asyncDispose]());

const right = ({ authenticator }: Enrolled) => authenticator.code(service.clock.ms);
const wrong = ({ authenticator }: Enrolled) => authenticator.code(service.clock.ms, 9);

async function ask(userId: string, code: string) {
  const { outcome } = await service.client.verifyCode({ userId, code });
  if (outcome.case !== "rejected") return { outcome: outcome.case };
  const { reason: why, remainingAttempts, retryAfter } = outcome.value;
  return { outcome: why, remainingAttempts, retrySeconds: retryAfter && Number(retryAfter.seconds) };
}

/** As many wrong codes on record as are asked for, the last one now, each so many seconds after the one before. */
async function recordFailures({ userId }: Pick<Enrolled, "userId">, count: number, apartSeconds = 60) {
  const now = Math.floor(service.clock.ms / 60_000);
  const minutes = Array.from({ length: count }, (_, index) => now - Math.floor((index * apartSeconds) / 60));
  await service.database.sql`update mfa_settings set code_failures = ${minutes} where user_id = ${userId}`;
}

test("beside a user who logs in, no more than 20 codes are guessed in 24 hours", async () => {
  const user = await enrolTotp(service.client, service.clock);
  const { userId, backupCodes } = user;
  const answers = [];
  for (let guess = 1; guess <= 20; guess += 1) {
    answers.push(await ask(userId, wrong(user)));
    if (guess % 2 === 0 && guess < 20) {
      expect(await ask(userId, right(user))).toEqual({ outcome: "approved" });
      service.clock.advance(30);
    }
  }
  expect(answers.map(({ outcome }) => outcome)).toEqual(Array(20).fill(RejectionReason.INVALID_CODE));
  // The last one says that no attempt is left, and until when.
  expect(answers.at(-1)).toMatchObject({ remainingAttempts: 0 });
  expect(answers.at(-1)?.retrySeconds).toBeGreaterThan(DAY - 20 * 60);
  const refused = await ask(userId, right(user));
  expect(refused).toMatchObject({ outcome: LOCKED, remainingAttempts: 0 });
  expect(await ask(userId, wrong(user))).toEqual(refused);
  const { lockExpireTime, unlockRequired } = await service.client.getMfaStatus({ userId });
  const opensIn = Number(lockExpireTime?.seconds) - service.clock.ms / 1_000;
  expect(opensIn - (refused.retrySeconds ?? 0)).toBeLessThan(1);
  expect(unlockRequired).toBe(false);

  // Nothing was counted meanwhile. A backup code logs in, and opens the day again.
  expect(await ask(userId, backupCodes[0]!)).toEqual({ outcome: "approved" });
  expect(await ask(userId, right(user))).toEqual({ outcome: "approved" });
  for (let guess = 1; guess <= 20; guess += 1) {
    service.clock.advance(60);
    await ask(userId, wrong(user));
  }
  expect(await ask(userId, right(user))).toMatchObject({ outcome: LOCKED });
  service.clock.advance(DAY);
  expect(await ask(userId, right(user))).toEqual({ outcome: "approved" });
});

const LIMITS = [
  ["20 in 24 hours", 20, 60],
  ["200 in 30 days", 200, 3 * HOUR],
  ["300 in 365 days", 300, DAY],
] as const;

describe.each(LIMITS)("%s", (_, count, apart) => {
  test("codes beyond a limit are refused by every RPC that takes a code, until an operator unlocks", async () => {
    const user = await enrolTotp(service.client, service.clock);
    const { userId } = user;
    await recordFailures(user, count - 1, apart);
    expect(await ask(userId, right(user))).toEqual({ outcome: "approved" });
    service.clock.advance(30);
    await recordFailures(user, count, apart);
    for (const rpc of ["verifyCode", "disableMfa", "regenerateBackupCodes"] as const) {
      const call = service.client[rpc].bind(service.client) as MfaClient["verifyCode"];
      for (const code of [right(user), wrong(user)]) {
        const { outcome } = await call({ userId, code });
        expect(outcome.value).toMatchObject({ reason: LOCKED, remainingAttempts: 0 });
        expect((outcome.value as { retryAfter?: unknown }).retryAfter === undefined).toBe(count > 20);
      }
    }
    expect((await service.client.getMfaStatus({ userId })).lockExpireTime).toBeDefined();
    await adminClient(service).unlockUser({ userId, reason });
    expect((await service.client.getMfaStatus({ userId })).lockExpireTime).toBeUndefined();
    expect(await ask(userId, right(user))).toEqual({ outcome: "approved" });
  });

  test("beyond a limit a sent code is refused too, and none is sent", async () => {
    const { userId, email } = await enrolEmail(service.client, mailbox);
    await service.client.sendVerificationCode({ userId });
    const code = mailbox.code(email);
    await recordFailures({ userId }, count, apart);
    expect(await ask(userId, code)).toMatchObject({ outcome: LOCKED });
    await expect(service.client.sendVerificationCode({ userId })).rejects.toSatisfy(
      reasonOf(count > 20 ? "UNLOCK_REQUIRED" : "SEND_RATE_LIMITED"),
    );
    await adminClient(service).unlockUser({ userId, reason });
    await service.client.sendVerificationCode({ userId });
    expect(await ask(userId, mailbox.code(email))).toEqual({ outcome: "approved" });
  });

  test("limits concern the user's own method: a backup code logs in, and wrong ones add nothing to it", async () => {
    const user = await enrolTotp(service.client, service.clock);
    const { userId, backupCodes } = user;
    for (let guess = 0; guess < 25; guess += 1) await ask(userId, "0000-0000-0000");
    expect(await ask(userId, right(user))).toEqual({ outcome: "approved" });
    await recordFailures(user, count, apart);
    expect(await ask(userId, backupCodes[0]!)).toEqual({ outcome: "approved" });
  });
});

test("who has no backup code left is refused for an hour at the most, and then has one attempt", async () => {
  // The lockout schedule runs by Redis's clock, which no test moves: with so many attempts it is not reached.
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 100 };
  const overrides = { policy: () => policy, lockoutScheduleMs: [3_600_000] };
  await using own = await startTestService({ overrides });
  const { client, clock, database } = own;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const verify = async (code: string) => (await client.verifyCode({ userId, code })).outcome;
  for (const code of backupCodes) expect((await verify(code)).case).toBe("approved");
  const now = Math.floor(clock.ms / 60_000);
  const minutes = Array.from({ length: 20 }, (_, index) => now - index);
  await database.sql`update mfa_settings set code_failures = ${minutes}, code_failures_forgiven = null`;
  const refused = await verify(authenticator.code(clock.ms));
  expect(refused.value).toMatchObject({ reason: LOCKED });
  const { retryAfter } = refused.value as { readonly retryAfter?: { readonly seconds: bigint } };
  expect(Number(retryAfter?.seconds)).toBeLessThanOrEqual(HOUR);
  clock.advance(HOUR);
  expect((await verify(authenticator.code(clock.ms, 9))).value).toMatchObject({
    reason: RejectionReason.INVALID_CODE,
    remainingAttempts: 0,
  });
  expect((await verify(authenticator.code(clock.ms))).value).toMatchObject({ reason: LOCKED });
  clock.advance(HOUR);
  expect((await verify(authenticator.code(clock.ms))).case).toBe("approved");
});

test("a wrong code of an e-mail user counts, one that is late or spent does not", async () => {
  const { userId, email } = await enrolEmail(service.client, mailbox);
  await service.client.sendVerificationCode({ userId });
  const code = mailbox.code(email);
  await ask(userId, otherThan(code));
  expect(await ask(userId, code)).toEqual({ outcome: "approved" });
  expect(await ask(userId, code)).toMatchObject({ outcome: RejectionReason.CODE_REPLAYED });
  const [row] = await service.database.sql`
    select cardinality(code_failures) as failures, consecutive_failures from mfa_settings where user_id = ${userId}`;
  expect({ ...row }).toEqual({ failures: 1, consecutive_failures: 0 });
});
