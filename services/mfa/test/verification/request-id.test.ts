import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { delivered, unavailable } from "../../src/domain/delivery/delivery.js";
import type { EmailSender } from "../../src/domain/delivery/email-sender.js";
import { reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { startTestService, type TestService } from "../support/service.js";

let service: TestService;
const mailbox = new Mailbox();
/** What the provider does with the next message. */
let provider: () => Promise<"takes it" | "is down"> = () => Promise.resolve("takes it");
const email: EmailSender = {
  async send(message, options) {
    if ((await provider()) === "is down") return unavailable("test", "http 503");
    await mailbox.email.send(message, options);
    return delivered("test");
  },
};
beforeAll(async () => {
  service = await startTestService({ replicas: 2, overrides: { senders: { email, sms: undefined } } });
});
afterAll(() => service[Symbol.asyncDispose]());

describe("SendVerificationCode with a request_id", () => {
  test("sent 100 times concurrently makes one message; retries get its challenge", async () => {
    const { userId, email: to } = await enrolEmail(service.client, mailbox);
    const request = { userId, requestId: `burst-${userId}` };
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, (_, copy) =>
        service.replicas[copy % 2]!.client.sendVerificationCode(request),
      ),
    );
    const told = answers.filter((answer) => answer.status === "fulfilled");
    const waiting = answers.filter((answer) => answer.status === "rejected");
    expect(told.length).toBeGreaterThan(0);
    for (const { reason } of waiting) expect(reasonOf("REQUEST_IN_FLIGHT")(reason)).toBe(true);
    const again = await service.client.sendVerificationCode(request);
    for (const { value } of told) expect(value).toEqual(again);
    expect(mailbox.count(to)).toBe(2); // the enrolling one and this
  });

  test("SendVerificationCode with a request_id is refused for another body, and is each caller's, each user's and each RPC's own", async () => {
    const { client } = service;
    const [one, other] = [await enrolEmail(client, mailbox), await enrolEmail(client, mailbox)];
    const requestId = `shared-${one.userId}`;
    await client.sendVerificationCode({ userId: one.userId, requestId });
    await expect(
      client.sendVerificationCode({ userId: one.userId, locale: "es", requestId }),
    ).rejects.toSatisfy(reasonOf("REQUEST_ID_REUSED"));
    await client.sendVerificationCode({ userId: other.userId, requestId });
    expect(mailbox.count(other.email)).toBe(2);
    const login = { userId: one.userId, code: mailbox.code(one.email), requestId };
    expect((await client.verifyCode(login)).outcome.case).toBe("approved");
  });

  test("SendVerificationCode with a request_id that failed is forgotten: the retry sends", async () => {
    const { userId, email: to } = await enrolEmail(service.client, mailbox);
    const request = { userId, requestId: `failed-${userId}` };
    provider = () => Promise.resolve("is down");
    await expect(service.client.sendVerificationCode(request)).rejects.toSatisfy(reasonOf("DELIVERY_FAILED"));
    provider = () => Promise.resolve("takes it");
    await service.client.sendVerificationCode(request);
    expect(mailbox.count(to)).toBe(2);
  });

  test("SendVerificationCode with a request_id whose caller hung up is finished, and the retry gets what it made", async () => {
    const { userId, email: to } = await enrolEmail(service.client, mailbox);
    const request = { userId, requestId: `hung-up-${userId}` };
    let open: () => void = () => undefined;
    const gate = new Promise<"takes it">((resolve) => {
      open = () => resolve("takes it");
    });
    const hangUp = new AbortController();
    provider = () => {
      hangUp.abort();
      return gate;
    };
    const { signal } = hangUp;
    await expect(service.client.sendVerificationCode(request, { signal })).rejects.toThrow();
    await expect(service.client.sendVerificationCode(request)).rejects.toSatisfy(
      reasonOf("REQUEST_IN_FLIGHT"),
    );
    open();
    provider = () => Promise.resolve("takes it");
    await expect
      .poll(() => service.client.sendVerificationCode(request).catch(() => undefined))
      .toBeDefined();
    expect(mailbox.count(to)).toBe(2);
    const { outcome } = await service.client.verifyCode({ userId, code: mailbox.code(to) });
    expect(outcome.case).toBe("approved");
  });
});

describe("VerifyCode with a request_id", () => {
  test("VerifyCode with a request_id gives a retry the stored answer; the same code under another id is a replay", async () => {
    const { client } = service;
    const { userId, email: to } = await enrolEmail(client, mailbox);
    await client.sendVerificationCode({ userId });
    const request = { userId, code: mailbox.code(to), requestId: `login-${userId}` };
    const first = await client.verifyCode(request);
    expect(first.outcome.case).toBe("approved");
    expect(await service.replicas[1]!.client.verifyCode(request)).toEqual(first);
    const other = await client.verifyCode({ ...request, requestId: `other-${userId}` });
    expect(other.outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
    await expect(client.verifyCode({ ...request, code: otherThan(request.code) })).rejects.toSatisfy(
      reasonOf("REQUEST_ID_REUSED"),
    );
  });

  test("VerifyCode with a request_id of a TOTP login too; a retried wrong code costs one attempt", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const code = authenticator.code(clock.ms);
    const wrong = { userId, code: otherThan(code), requestId: `wrong-${userId}` };
    const answers = [
      await client.verifyCode(wrong),
      await client.verifyCode(wrong),
      await client.verifyCode(wrong),
    ];
    for (const { outcome } of answers) {
      expect(outcome).toMatchObject({ case: "rejected", value: { remainingAttempts: 2 } });
    }
    expect((await client.verifyCode({ userId, code, requestId: `right-${userId}` })).outcome.case).toBe(
      "approved",
    );
  });

  test("a stored answer that was tampered with approves nobody", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const wrong = { userId, code: otherThan(authenticator.code(clock.ms)), requestId: `forged-${userId}` };
    await client.verifyCode(wrong);
    const { stores, redisKeyPrefix } = service.config;
    const redis = new Redis(stores!.redis.url);
    for (const key of await redis.keys(`${redisKeyPrefix}*request:*`)) {
      const answer = await redis.hget(key, "answer");
      if (answer?.includes("INVALID_CODE") !== true) continue;
      const kept = JSON.parse(answer) as object;
      const text = JSON.stringify({
        outcome: "accepted",
        method: "totp",
        factorId: "any",
        at: clock.ms,
        backupCodesRemaining: 10,
      });
      await redis.hset(key, "answer", JSON.stringify({ ...kept, text }));
    }
    redis.disconnect();
    await expect(client.verifyCode(wrong)).rejects.toSatisfy(reasonOf("INTERNAL"));
  });

  test("a stored answer that outlived its minute says nothing any more", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const request = { userId, code: authenticator.code(clock.ms), requestId: `old-${userId}` };
    expect((await client.verifyCode(request)).outcome.case).toBe("approved");
    clock.advance(61);
    await expect(client.verifyCode(request)).rejects.toSatisfy(reasonOf("REQUEST_ID_REUSED"));
  });
});
