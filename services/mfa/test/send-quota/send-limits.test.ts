import { createHash, createHmac } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import type { SendLimits } from "../../src/domain/send-quota/send-limit.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { AMPLE_LIMITS, HALF_A_MINUTE, type MfaClient, startTestService } from "../support/service.js";
import { until } from "../support/until.js";

const HOUR = 3_600_000;
const US_AREAS = [201, 202, 203, 205, 206, 207];
const policy = {
  ...DEFAULT_MFA_POLICY,
  allowedMethods: new Set(["totp", "sms", "email"] as const),
  phoneNumbers: { defaultRegion: "US", allowedCountries: "any", blockedCountries: [] },
} as const;

async function start(limits: Partial<SendLimits>, replicas = 1) {
  const mailbox = new Mailbox();
  const service = await startTestService({
    replicas,
    overrides: { senders: mailbox, policy: () => policy },
    config: { sendLimits: { ...AMPLE_LIMITS, ...limits } },
  });
  return {
    mailbox,
    service,
    client: service.client,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** Undefined when it was sent; else the limit that refused it and how long to wait. */
async function refusalOf(call: Promise<unknown>): Promise<{ limit: string; seconds: number } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const info = error.findDetails(ErrorInfoSchema)[0];
    if (info?.reason !== "SEND_RATE_LIMITED") throw error;
    const seconds = Number(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds ?? -1);
    return { limit: info.metadata.limit ?? "", seconds };
  }
}

const sms = (client: MfaClient, userId: string, phoneNumber: string) =>
  refusalOf(client.setupMfa({ userId, method: Method.SMS, phoneNumber }));
const mail = (client: MfaClient, userId: string, email: string) =>
  refusalOf(client.setupMfa({ userId, method: Method.EMAIL, email }));

describe("a limit lets through exactly what it says, under parallel calls over two replicas:", () => {
  const rate = { max: 3, windowMs: HOUR };
  const COPIES = 30;
  const copies = (call: (copy: number) => Promise<{ limit: string; seconds: number } | undefined>) =>
    Promise.all(Array.from({ length: COPIES }, (_, copy) => call(copy)));
  /** Numbers of one block differ in their last four digits only. */
  const numberOf = (block: number, line: number) =>
    `+1202555${String(100 + block * 100 + line).padStart(4, "0")}`;

  test.each([
    ["user", "user", (client: MfaClient, copy: number) => mail(client, "ada", `ada-${copy}@example.com`)],
    [
      "user_daily",
      "userDaily",
      (client: MfaClient, copy: number) => mail(client, "ada", `ada-${copy}@example.com`),
    ],
    [
      "destination",
      "destination",
      (client: MfaClient, copy: number) => mail(client, `user-${copy}`, `a.d.a+${copy}@example.com`),
    ],
    [
      "destination_daily",
      "destinationDaily",
      (client: MfaClient, copy: number) => mail(client, `user-${copy}`, `a.d.a+${copy}@example.com`),
    ],
    ["prefix", "prefix", (client: MfaClient, copy: number) => sms(client, `user-${copy}`, numberOf(0, copy))],
    [
      "country",
      "country",
      (client: MfaClient, copy: number) =>
        sms(client, `user-${copy}`, `+1${US_AREAS[copy % US_AREAS.length]!}5550${100 + copy}`),
    ],
    [
      "overall",
      "overall",
      (client: MfaClient, copy: number) => mail(client, `user-${copy}`, `user-${copy}@example.com`),
    ],
  ] as const)(
    "a limit lets through exactly what it says, under parallel calls over two replicas: %s",
    async (name, setting, call) => {
      await using subject = await start({ [setting]: rate }, 2);
      const { replicas } = subject.service;
      const refusals = await copies((copy) => call(replicas[copy % 2]!.client, copy));
      expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(3);
      expect(subject.mailbox.list()).toHaveLength(3);
      const refused = refusals.filter((refusal) => refusal !== undefined);
      expect(new Set(refused.map(({ limit }) => limit))).toEqual(new Set([name]));
      for (const { seconds } of refused) {
        expect(seconds).toBeGreaterThan(3_500);
        expect(seconds).toBeLessThanOrEqual(3_600);
      }
    },
  );
});

test("a send that one limit refuses takes nothing from the others", async () => {
  const rate = (max: number) => ({ max, windowMs: HOUR });
  await using subject = await start({ destination: rate(1), overall: rate(3), user: rate(2) });
  const { client } = subject;
  expect(await mail(client, "ada", "shared@example.com")).toBeUndefined();
  for (const userId of ["bob", "bob", "bob"]) {
    expect(await mail(client, userId, "shared@example.com")).toHaveProperty("limit", "destination");
  }
  expect(await mail(client, "bob", "bob@example.com")).toBeUndefined();
  expect(await mail(client, "cy", "cy@example.com")).toBeUndefined();
  expect(await mail(client, "dan", "dan@example.com")).toHaveProperty("limit", "overall");
});

test("one method's overall limit leaves the other's messages alone", async () => {
  await using subject = await start({ overall: { max: 1, windowMs: HOUR } });
  expect(await sms(subject.client, "ada", "+12025550123")).toBeUndefined();
  expect(await sms(subject.client, "bob", "+12025550124")).toHaveProperty("limit", "overall");
  expect(await mail(subject.client, "bob", "bob@example.com")).toBeUndefined();
});

describe("between two codes of one purpose", () => {
  test("there are thirty seconds, during which the first stays good and an enrolment under way stays as it is", async () => {
    await using subject = await start({ cooldown: HALF_A_MINUTE });
    const { client, mailbox } = subject;
    expect(await mail(client, "ada", "ada@example.com")).toBeUndefined();
    const again = [
      await mail(client, "ada", "mallory@example.com"),
      await refusalOf(client.sendVerificationCode({ userId: "ada" })),
    ];
    for (const refusal of again) {
      expect(refusal?.limit).toBe("cooldown");
      expect(refusal?.seconds).toBeGreaterThanOrEqual(28);
      expect(refusal?.seconds).toBeLessThanOrEqual(30);
    }
    const code = mailbox.code("ada@example.com");
    expect((await client.verifySetup({ userId: "ada", code })).outcome.case).toBe("enabled");
    expect(await refusalOf(client.sendVerificationCode({ userId: "ada" }))).toBeUndefined();
    const login = { userId: "ada", code: mailbox.code("ada@example.com") };
    expect((await client.verifyCode(login)).outcome.case).toBe("approved");
    expect(await refusalOf(client.sendVerificationCode({ userId: "ada" }))).toBeUndefined();
    expect(mailbox.list()).toHaveLength(3);
  });

  test("cooldowns between two codes of one purpose grow while no code is accepted, and each answer says how long", async () => {
    const cooldown = { firstMs: 40, maxMs: 100 };
    await using subject = await start({ cooldown });
    const { client, mailbox } = subject;
    const { userId, email } = await enrolEmail(client, mailbox);
    const lifetimeMs = policy.codeExpiryMs;
    const pauseAfterSend = async () => {
      const sent = await until(async () => {
        const call = client.sendVerificationCode({ userId });
        return (await refusalOf(call)) === undefined ? call : undefined;
      });
      const { expireTime, resendTime } = sent!.challenge!;
      return timestampMs(resendTime!) - (timestampMs(expireTime!) - lifetimeMs);
    };
    for (const pauseMs of [40, 80, 100, 100]) expect(await pauseAfterSend()).toBe(pauseMs);
    const code = mailbox.code(email);
    expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
    expect(await pauseAfterSend()).toBe(40);
  });

  test("of 50 concurrent sends of one purpose one goes out", async () => {
    await using subject = await start({ cooldown: HALF_A_MINUTE }, 2);
    const { mailbox, service } = subject;
    const { userId, email } = await enrolEmail(subject.client, mailbox);
    await Promise.all(
      Array.from({ length: 50 }, (_, copy) =>
        refusalOf(service.replicas[copy % 2]!.client.sendVerificationCode({ userId })),
      ),
    );
    expect(mailbox.count(email)).toBe(2); // the enrolling one and this
  });
});

test("resending never refills the attempts, and a locked user gets no code", async () => {
  await using subject = await start({});
  const { client, mailbox } = subject;
  const { userId, email } = await enrolEmail(client, mailbox);
  const reasons: (RejectionReason | undefined)[] = [];
  for (let round = 0; round < 10; round += 1) {
    await refusalOf(client.sendVerificationCode({ userId }));
    const { outcome } = await client.verifyCode({ userId, code: otherThan(mailbox.code(email)) });
    reasons.push(outcome.case === "rejected" ? outcome.value.reason : undefined);
  }
  const { INVALID_CODE, TOO_MANY_ATTEMPTS } = RejectionReason;
  expect(reasons).toEqual([
    ...Array<unknown>(3).fill(INVALID_CODE),
    ...Array<unknown>(7).fill(TOO_MANY_ATTEMPTS),
  ]);
  expect(await refusalOf(client.sendVerificationCode({ userId }))).toHaveProperty("limit", "locked");
});

const KNOWN = ["ada-lovelace", "bob-lovelace", "ada@example.com", "+12025550123"];

function quickHashes(code: string): string[] {
  const texts = [code, ...KNOWN.flatMap((known) => [known + code, code + known, `${known}:${code}`])];
  return texts.flatMap((text) =>
    ["md5", "sha1", "sha256", "sha512"].flatMap((algorithm) =>
      [createHash(algorithm), createHmac(algorithm, "")].flatMap((hash) => {
        const digest = hash.update(text).digest();
        return (["hex", "base64", "base64url"] as const).map((encoding) => digest.toString(encoding));
      }),
    ),
  );
}

test("no phone number, address or user id stands in Redis", async () => {
  await using subject = await start({});
  await mail(subject.client, "ada-lovelace", "ada@example.com");
  await sms(subject.client, "bob-lovelace", "+12025550123");
  await subject.client.sendVerificationCode({ userId: "bob-lovelace", requestId: "r-1" });
  const { stores, redisKeyPrefix } = subject.service.config;
  const redis = new Redis(stores!.redis.url);
  const keys = await redis.keys(`${redisKeyPrefix}*`);
  const values = await Promise.all(keys.map((key) => redis.hgetall(key)));
  const kept = JSON.stringify([keys, values]);
  const lives = await Promise.all(keys.map((key) => redis.pttl(key)));
  redis.disconnect();
  expect(keys.length).toBeGreaterThan(8);
  for (const secret of ["ada", "example.com", "2025550123", "bob", "r-1"]) expect(kept).not.toContain(secret);
  const codes = subject.mailbox.list().map(({ text }) => /[0-9]{6}/.exec(text)![0]);
  for (const code of codes)
    expect(kept).not.toMatch(new RegExp(`(?<![0-9A-Za-z_-])${code}(?![0-9A-Za-z_-])`));
  // Whoever has the store but not the key has 10^6 codes to try: no hash of one, however salted by what is known, may be there.
  for (const code of codes) for (const guess of quickHashes(code)) expect(kept).not.toContain(guess);
  expect(Math.min(...lives)).toBeGreaterThan(0);
  expect(Math.max(...lives)).toBeLessThanOrEqual(24 * HOUR);
});
