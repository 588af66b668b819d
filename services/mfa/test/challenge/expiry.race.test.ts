import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService } from "../support/service.js";
import { startFaultProxy } from "../support/stores/fault-proxy.js";
import { startRedis } from "../support/stores/redis.js";

const LIFETIME_MS = 1_500;
/** How far before and after the end of their time codes are entered. */
const AROUND_MS = 60;
const USERS = 40;

test("codes that are entered around the end of their time, over a slow network: none is accepted that was sent after it", async () => {
  await using redis = await startRedis();
  const { port } = new URL(redis.url);
  await using toRedis = await startFaultProxy({ host: "127.0.0.1", port: Number(port) });
  const mailbox = new Mailbox();
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 10 };
  let codeExpiryMs = policy.codeExpiryMs;
  await using service = await startTestService({
    redisUrl: `redis://127.0.0.1:${toRedis.port}`,
    overrides: { senders: mailbox, policy: () => ({ ...policy, codeExpiryMs }) },
  });
  const { client } = service;
  const users = [];
  for (let user = 0; user < USERS; user += 1) users.push(await enrolEmail(client, mailbox));
  codeExpiryMs = LIFETIME_MS;
  await toRedis.set({ delay: 15 });
  const clock = new Redis(redis.url);

  const entered = await Promise.all(
    users.map(async ({ userId, email }, index) => {
      const { challenge } = await client.sendVerificationCode({ userId });
      const expires = Number(challenge!.expireTime!.seconds) * 1_000 + challenge!.expireTime!.nanos / 1e6;
      const offset = AROUND_MS * ((2 * index) / (USERS - 1) - 1);
      await new Promise((resolve) => setTimeout(resolve, expires + offset - Date.now()));
      const sent = await timeOf(clock);
      const { outcome } = await client.verifyCode({ userId, code: mailbox.code(email) });
      return { lateMs: sent - expires, approved: outcome.case === "approved" };
    }),
  );
  clock.disconnect();
  const late = entered.filter(({ lateMs }) => lateMs > 0);
  expect(late.length).toBeGreaterThan(0);
  expect(late.filter(({ approved }) => approved)).toEqual([]);
  // And one well in time is accepted over the same network.
  ({ codeExpiryMs } = policy);
  const { userId, email } = users[0]!;
  await client.sendVerificationCode({ userId });
  expect((await client.verifyCode({ userId, code: mailbox.code(email) })).outcome.case).toBe("approved");
});

/** Milliseconds by the clock that judges. */
async function timeOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}
