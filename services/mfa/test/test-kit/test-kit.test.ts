import { Code, ConnectError } from "@connectrpc/connect";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rawTcp } from "../net/support/raw.js";
import { reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { otherThan } from "../support/enrolment/mailbox.js";
import { type KitService, startKitService } from "./support/kit-service.js";

let kit: KitService;
beforeAll(async () => {
  kit = await startKitService();
});
afterAll(() => kit[Symbol.asyncDispose]());

async function verify(userId: string, code: string) {
  return (await kit.client.verifyCode({ userId, code })).outcome;
}

test("a moved clock lets a user log in again with the next code, and keeps the spent one spent", async () => {
  const { uri } = await kit.enrol("anna");
  const code = await kit.codeOf(uri);
  expect(await verify("anna", code)).toMatchObject({ case: "approved" });
  expect(await verify("anna", code)).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  await kit.advance(30);
  const next = await kit.codeOf(uri);
  expect(next).not.toBe(code);
  expect(await verify("anna", next)).toMatchObject({ case: "approved" });
});

test("a moved clock ends a lock", async () => {
  const { uri } = await kit.enrol("ben");
  const wrong = otherThan(await kit.codeOf(uri));
  for (let guess = 0; guess < 3; guess += 1) await verify("ben", wrong);
  expect(await verify("ben", await kit.codeOf(uri))).toEqual(rejectedFor(RejectionReason.TOO_MANY_ATTEMPTS));
  expect((await kit.client.getMfaStatus({ userId: "ben" })).lockExpireTime).toBeDefined();
  await kit.advance(30);
  expect(await verify("ben", await kit.codeOf(uri))).toMatchObject({ case: "approved" });
  expect((await kit.client.getMfaStatus({ userId: "ben" })).lockExpireTime).toBeUndefined();
});

test("a moved clock expires a code that was sent, and ends the wait for the next one", async () => {
  const [userId, email] = ["cleo", "cleo@example.com"];
  await kit.client.setupMfa({ userId, method: Method.EMAIL, email });
  await kit.client.verifySetup({ userId, code: await kit.sentCode(email) });
  await kit.client.sendVerificationCode({ userId });
  await kit.advance(601);
  expect(await verify(userId, await kit.sentCode(email))).toEqual(rejectedFor(RejectionReason.CODE_EXPIRED));
  await kit.client.sendVerificationCode({ userId });
  expect(await verify(userId, await kit.sentCode(email))).toMatchObject({ case: "approved" });
});

test("a moved clock does not age the tokens of callers, which are made by real time", async () => {
  const now = await kit.advance(3_600);
  expect(now.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
  await expect(kit.client.isMfaRequired({ userId: "anna" })).resolves.toBeDefined();
});

test("the clock tells its time, and moves for a whole number of seconds alone, forward and not beyond a year", async () => {
  const told = async () => {
    const answer = await fetch(`${kit.adminUrl}/test-kit/clock`);
    return Date.parse(((await answer.json()) as { now: string }).now);
  };
  const before = await told();
  const year = 366 * 24 * 60 * 60;
  for (const advanceSeconds of [0, -1, 1.5, "30", null, year + 1, Number.MAX_SAFE_INTEGER])
    expect((await kit.post("clock", { advanceSeconds })).status).toBe(400);
  for (const body of [{}, [], "30", { advanceSeconds: 1, by: 2 }])
    expect((await kit.post("clock", body)).status).toBe(400);
  // Far ahead already: what is left of the year is less.
  expect((await kit.post("clock", { advanceSeconds: year })).status).toBe(400);
  expect((await told()) - before).toBeLessThan(year * 1_000);
});

test("a page from elsewhere cannot move the clock, and neither can what a proxy passes on", async () => {
  const url = `${kit.adminUrl}/test-kit/clock`;
  const move = JSON.stringify({ advanceSeconds: 86_400 });
  // What a page may have a browser send without asking first.
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    expect((await fetch(url, { method: "POST", headers: { "content-type": type }, body: move })).status).toBe(
      415,
    );
  expect((await fetch(url, { method: "OPTIONS" })).status).toBe(405);
  expect(
    (await kit.post("clock", { advanceSeconds: 86_400 }, { "x-forwarded-for": "192.0.2.1" })).status,
  ).toBe(404);
  const rebound = `POST /test-kit/clock HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\n`;
  const answer = await rawTcp(
    Number(new URL(url).port),
    `${rebound}Content-Length: ${move.length}\r\nConnection: close\r\n\r\n${move}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  const now = Date.parse(((await (await fetch(url)).json()) as { now: string }).now);
  expect(now - Date.now()).toBeLessThan(86_400_000);
});

async function enrolEmail(userId: string): Promise<string> {
  const email = `${userId}@example.com`;
  await kit.client.setupMfa({ userId, method: Method.EMAIL, email });
  const { outcome } = await kit.client.verifySetup({ userId, code: await kit.sentCode(email) });
  expect(outcome.case).toBe("enabled");
  await kit.advance(60);
  return email;
}

test("a user that is always locked enrols, and no code of its logs in, with a request id or without", async () => {
  const userId = "always-locked-7";
  const { uri, backupCodes } = await kit.enrol(userId);
  const locked = rejectedFor(RejectionReason.TOO_MANY_ATTEMPTS);
  for (const code of [await kit.codeOf(uri), backupCodes[0]!]) {
    expect((await kit.client.verifyCode({ userId, code })).outcome).toEqual(locked);
    const { outcome } = await kit.client.verifyCode({ userId, code, requestId: `once-${code}` });
    expect(outcome).toEqual(locked);
    if (outcome.case === "rejected") expect(outcome.value.retryAfter?.seconds).toBe(30n);
  }
  await kit.admin.unlockUser({ userId, reason: "the kit locks it again" });
  await kit.advance(3_600);
  expect((await kit.client.verifyCode({ userId, code: await kit.codeOf(uri) })).outcome).toEqual(locked);
  expect((await kit.client.getMfaStatus({ userId })).lockExpireTime).toBeDefined();
});

test("a user that is always locked is sent no code", async () => {
  await enrolEmail("always-locked-by-mail");
  await expect(kit.client.sendVerificationCode({ userId: "always-locked-by-mail" })).rejects.toSatisfy(
    reasonOf("SEND_RATE_LIMITED"),
  );
});

test("no code for a login reaches a user whose deliveries fail, and none that is expected elsewhere is lost", async () => {
  await enrolEmail("delivery-fails");
  await expect(kit.client.sendVerificationCode({ userId: "delivery-fails" })).rejects.toSatisfy(
    reasonOf("DELIVERY_FAILED"),
  );
  const email = await enrolEmail("delivery-works");
  await kit.client.sendVerificationCode({ userId: "delivery-works" });
  const { outcome } = await kit.client.verifyCode({
    userId: "delivery-works",
    code: await kit.sentCode(email),
  });
  expect(outcome.case).toBe("approved");
});

test("a user whose first delivery fails cannot enrol by e-mail", async () => {
  const userId = "setup-delivery-fails-3";
  await expect(
    kit.client.setupMfa({ userId, method: Method.EMAIL, email: "dora@example.com" }),
  ).rejects.toSatisfy(reasonOf("DELIVERY_FAILED"));
  expect(await kit.client.getMfaStatus({ userId })).toMatchObject({ enabled: false });
});

test("every call about a user whose store is away is UNAVAILABLE and says when to come back; others are not held up", async () => {
  const userId = "store-away-1";
  const answers = await Promise.allSettled([
    kit.client.isMfaRequired({ userId }),
    kit.client.setupMfa({ userId, method: Method.TOTP }),
    kit.client.verifyCode({ userId, code: "123456" }),
    kit.admin.resetMfa({ userId, reason: "test" }),
  ]);
  for (const answer of answers) {
    const error = ConnectError.from(answer.status === "rejected" ? answer.reason : undefined);
    expect(error.code).toBe(Code.Unavailable);
    expect(error).toSatisfy(reasonOf("STORE_UNAVAILABLE"));
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
  }
  await expect(kit.client.isMfaRequired({ userId: "a-store-away" })).resolves.toBeDefined();
});

test("in development a caller may call as often as it likes", async () => {
  // Beyond the default limit with its burst.
  const calls = Array.from({ length: 160 }, () => kit.client.isMfaRequired({ userId: "anna" }));
  await expect(Promise.all(calls)).resolves.toHaveLength(160);
});
