import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rejectedFor } from "../support/client/outcomes.js";
import { enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { startTestService, type TestService } from "../support/service.js";
import { type OwnRedis, startRedis } from "../support/stores/redis.js";

const mailbox = new Mailbox();
let own: OwnRedis;
let redis: Redis;
let service: TestService;
beforeAll(async () => {
  own = await startRedis();
  redis = new Redis(own.url);
  service = await startTestService({ redisUrl: own.url, overrides: { senders: mailbox } });
});
afterAll(async () => {
  redis.disconnect();
  await service[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
});

/** Everything in Redis as it is now, to be brought back later, as a replica that lost the last writes does. */
async function snapshot(): Promise<() => Promise<void>> {
  const keys = await redis.keys("*");
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  return async () => {
    await redis.flushall();
    for (const [at, key] of keys.entries()) await redis.restore(key, 0, dumps[at]!);
  };
}

const verify = async (code: { readonly userId: string; readonly code: string }) =>
  (await service.client.verifyCode(code)).outcome;

async function sendTo({ userId, email }: { readonly userId: string; readonly email: string }) {
  await service.client.sendVerificationCode({ userId });
  return { userId, code: mailbox.code(email) };
}

describe("an accepted code is not accepted again", () => {
  test("an accepted code is not accepted again after Redis was flushed", async () => {
    const login = await sendTo(await enrolEmail(service.client, mailbox));
    expect((await verify(login)).case).toBe("approved");
    await redis.flushall();
    expect(await verify(login)).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
  });

  test("an accepted code is not accepted again after a failover that lost its consumption, ten times over", async () => {
    for (let round = 0; round < 10; round += 1) {
      const login = await sendTo(await enrolEmail(service.client, mailbox));
      const failOver = await snapshot();
      expect((await verify(login)).case).toBe("approved");
      await failOver();
      expect(await verify(login)).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
    }
  });

  test("an accepted code is not accepted again, nor is an older one that a failover brings back once a newer one was accepted", async () => {
    const user = await enrolEmail(service.client, mailbox);
    const older = await sendTo(user);
    const failOver = await snapshot();
    const newer = await sendTo(user);
    expect((await verify(newer)).case).toBe("approved");
    await failOver();
    expect(await verify(older)).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  });
});

test("a fresh code works after Redis was flushed", async () => {
  const user = await enrolEmail(service.client, mailbox);
  await redis.flushall();
  expect((await verify(await sendTo(user))).case).toBe("approved");
});
