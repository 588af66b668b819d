import { Code } from "@connectrpc/connect";
import { checkCode, createMfaClient, type MfaClient, reasonOf } from "@countersign/client";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { delivered } from "../../src/domain/delivery/delivery.js";
import type { EmailSender } from "../../src/domain/delivery/email-sender.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { startTestService, type TestService } from "../support/service.js";
import { type AnswerLosingProxy, startAnswerLosingProxy } from "./answer-losing-proxy.js";

const mailbox = new Mailbox();
let gate: Promise<void>;
const email: EmailSender = {
  async send(message, options) {
    await gate;
    await mailbox.email.send(message, options);
    return delivered("test");
  },
};
let service: TestService;
let proxy: AnswerLosingProxy;
let client: MfaClient;
beforeAll(async () => {
  service = await startTestService({ overrides: { senders: { email, sms: undefined } } });
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  gate = Promise.resolve();
  proxy = await startAnswerLosingProxy(service.url);
  client = createMfaClient({ baseUrl: proxy.url, defaultTimeoutMs: 30_000 });
});
afterEach(() => proxy[Symbol.asyncDispose]());

test("an approval that was lost is asked for again and stays the one approval", async () => {
  const { userId, authenticator } = await enrolTotp(client, service.clock);
  const code = authenticator.code(service.clock.ms);
  proxy.loseNextAnswer();
  expect(await checkCode(client, { userId, code })).toMatchObject({ approved: true });
  expect(proxy.cut).toBe(1);
  expect(await checkCode(client, { userId, code })).toMatchObject({
    approved: false,
    rejection: { reason: RejectionReason.CODE_REPLAYED },
  });
});

test("a wrong code whose refusal was lost costs one attempt", async () => {
  const { userId, authenticator } = await enrolTotp(client, service.clock);
  const code = otherThan(authenticator.code(service.clock.ms));
  proxy.loseNextAnswer();
  expect(await checkCode(client, { userId, code })).toMatchObject({
    approved: false,
    rejection: { reason: RejectionReason.INVALID_CODE, remainingAttempts: 2 },
  });
  expect(proxy.cut).toBe(1);
});

test("the third wrong code locks, and says for how long", async () => {
  const { userId, authenticator } = await enrolTotp(client, service.clock);
  const code = otherThan(authenticator.code(service.clock.ms));
  for (const retryAfterMs of [undefined, undefined, 30_000]) {
    expect(await checkCode(client, { userId, code })).toMatchObject({ approved: false, retryAfterMs });
  }
});

test("an id of the caller's own is kept: the answer can be asked for by another call", async () => {
  const { userId, authenticator } = await enrolTotp(client, service.clock);
  const request = { userId, code: authenticator.code(service.clock.ms), requestId: `entry-${userId}` };
  const first = await checkCode(client, request);
  expect(first.approved).toBe(true);
  expect(await checkCode(client, request)).toEqual(first);
});

test("a message whose answer was lost is sent once, and waited for while it is being sent", async () => {
  const { userId, email: to } = await enrolEmail(client, mailbox);
  let open: () => void = () => undefined;
  gate = new Promise((resolve) => {
    open = resolve;
  });
  proxy.loseNextAnswer();
  const sending = client.sendVerificationCode({ userId });
  // Something has to come back for the connection to be cut: the answer of a call beside it.
  await expect(client.getMfaStatus({ userId })).resolves.toMatchObject({ enabled: true });
  expect(proxy.cut).toBe(1);
  open();
  expect((await sending).challenge).toMatchObject({
    maskedDestination: expect.stringContaining("@") as string,
  });
  expect(mailbox.count(to)).toBe(2); // the enrolling one and this
});

test("a change whose answer was lost is not made twice, and its caller is told that nobody knows", async () => {
  const { userId, authenticator } = await enrolTotp(client, service.clock);
  proxy.loseNextAnswer();
  const lost = client.disableMfa({ userId, code: authenticator.code(service.clock.ms) });
  await expect(lost).rejects.toMatchObject({ code: Code.Unavailable });
  await lost.catch((error: unknown) => expect(reasonOf(error)).toBeUndefined());
  expect(await client.getMfaStatus({ userId })).toMatchObject({ enabled: false });
});
