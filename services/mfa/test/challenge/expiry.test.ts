import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { rejectedFor } from "../support/client/outcomes.js";
import { enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService } from "../support/service.js";

const LIFETIME_MS = 5_000;

test("a code is accepted two seconds before its time is over and refused one second after, also from a record made to stay", async () => {
  const mailbox = new Mailbox();
  const policy = { ...DEFAULT_MFA_POLICY, codeExpiryMs: LIFETIME_MS };
  await using service = await startTestService({ overrides: { senders: mailbox, policy: () => policy } });
  const { client } = service;
  const users = await Promise.all([1, 2, 3].map(() => enrolEmail(client, mailbox)));
  const sent = performance.now();
  const codes = await Promise.all(
    users.map(async ({ userId, email }) => {
      const { challenge } = await client.sendVerificationCode({ userId });
      return { userId, code: mailbox.code(email), challengeId: challenge!.challengeId };
    }),
  );
  const [early, late, persisted] = codes;
  const { stores, redisKeyPrefix } = service.config;
  const redis = new Redis(stores!.redis.url);
  for (const key of await redis.keys(`${redisKeyPrefix}*challenges`)) {
    if ((await redis.hexists(key, persisted!.challengeId)) === 1) expect(await redis.persist(key)).toBe(1);
  }
  redis.disconnect();

  const at = (ms: number) => new Promise((resolve) => setTimeout(resolve, sent + ms - performance.now()));
  await at(LIFETIME_MS - 2_000);
  expect((await client.verifyCode(early!)).outcome.case).toBe("approved");
  await at(LIFETIME_MS + 1_000);
  for (const code of [late!, persisted!]) {
    expect((await client.verifyCode(code)).outcome).toEqual(rejectedFor(RejectionReason.CODE_EXPIRED));
  }
});
