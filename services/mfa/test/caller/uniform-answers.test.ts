import { toJson } from "@bufbuild/protobuf";
import {
  SendVerificationCodeResponseSchema,
  VerifyCodeResponseSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import { bearing, type ListedService, startWithCallers } from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { beginEmail, enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import type { MfaClient } from "../support/service.js";

const permissions = ["verify", "enrol", "disable"];
const mailbox = new Mailbox();
const { key, bearer } = sharedSecret();
let listed: ListedService;
/** The clock moves, and tokens expire. */
let loginPage: () => Promise<MfaClient>;
let settings: () => Promise<MfaClient>;

beforeAll(async () => {
  listed = await startWithCallers({
    callers: [
      { id: "login-page", jwt_subjects: ["login-page"], permissions, uniform_answers: true },
      { id: "settings", jwt_subjects: ["settings"], permissions },
    ],
    bearer: () => bearer,
    overrides: { senders: mailbox },
  });
  const clientFor = (sub: string) => async () =>
    bearing(listed.service, await token(key, listed.service.clock, { sub }));
  loginPage = clientFor("login-page");
  settings = clientFor("settings");
});
afterAll(() => listed[Symbol.asyncDispose]());

const REJECTED = { rejected: { reason: "REJECTION_REASON_INVALID_CODE" } };

test("VerifyCode gives one answer to every refusal about a user, and approves all the same", async () => {
  const { clock } = listed.service;
  const totp = await enrolTotp(await settings(), clock);
  const { userId: emailUser, email } = await enrolEmail(await settings(), mailbox);
  const { userId: pending } = await beginEmail(await settings());
  const client = await loginPage();
  const answer = async (request: { readonly userId: string; readonly code: string }) =>
    toJson(VerifyCodeResponseSchema, await client.verifyCode(request));

  expect(await answer({ userId: "nobody", code: "123456" })).toEqual(REJECTED);
  expect(await answer({ userId: pending, code: "123456" })).toEqual(REJECTED);
  // No pending challenge, a wrong backup code, and the code of a challenge whose user has another one.
  expect(await answer({ userId: emailUser, code: "123456" })).toEqual(REJECTED);
  expect(await answer({ userId: emailUser, code: "0123-4567-89AB" })).toEqual(REJECTED);
  await client.sendVerificationCode({ userId: emailUser });
  expect(await answer({ userId: emailUser, code: otherThan(mailbox.code(email)) })).toEqual(REJECTED);

  const code = totp.authenticator.code(clock.ms);
  expect(await answer({ userId: totp.userId, code })).toMatchObject({ approved: {} });
  // Replayed, wrong, then locked.
  expect(await answer({ userId: totp.userId, code })).toEqual(REJECTED);
  for (let wrong = 0; wrong < 4; wrong += 1) {
    expect(await answer({ userId: totp.userId, code: otherThan(code) })).toEqual(REJECTED);
  }
});

test("SendVerificationCode answers a challenge for every user, and sends where there is somebody to send to", async () => {
  const { clock } = listed.service;
  const totp = await enrolTotp(await settings(), clock);
  const { userId, email } = await enrolEmail(await settings(), mailbox);
  const client = await loginPage();
  const shape = async (user: string, requestId = "") => {
    const answer = await client.sendVerificationCode({ userId: user, requestId });
    const { challenge } = toJson(SendVerificationCodeResponseSchema, answer) as {
      challenge: { challengeId: string; expireTime: string };
    };
    return { keys: Object.keys(challenge), ...challenge, challengeId: challenge.challengeId.length };
  };
  const sent = mailbox.count(email);
  const known = await shape(userId);
  expect(known.keys).toEqual(["challengeId", "expireTime"]);
  expect(mailbox.count(email)).toBe(sent + 1);
  for (const other of ["nobody", totp.userId]) {
    expect(Object.keys(await shape(other))).toEqual(Object.keys(known));
    expect(await shape(other)).toMatchObject({ keys: known.keys, challengeId: known.challengeId });
  }
  const repeat = async (user: string) =>
    (await client.sendVerificationCode({ userId: user, requestId: "login-1" })).challenge?.challengeId;
  expect(await repeat("nobody")).toBe(await repeat("nobody"));
  expect(await repeat("nobody")).not.toBe(await repeat("somebody"));
});

test("a caller that may tell them apart does, and the audit log has the true reason of both", async () => {
  const open = await settings();
  await expect(open.verifyCode({ userId: "stranger", code: "123456" })).rejects.toSatisfy(
    reasonOf("MFA_NOT_ENABLED"),
  );
  await (await loginPage()).verifyCode({ userId: "stranger", code: "123456" });
  const rows = await listed.service.database.sql`
    select caller from mfa_audit_events where action = 'verify_code' and reason = 'MFA_NOT_ENABLED'
    order by occurred_at desc, id desc limit 2`;
  expect(rows.map(({ caller }) => String(caller)).sort()).toEqual(["login-page", "settings"]);
});

test("bad input is told as it is", async () => {
  const client = await loginPage();
  await expect(client.verifyCode({ userId: "nobody", code: "12" })).rejects.toSatisfy(
    reasonOf("INVALID_FIELD"),
  );
});
