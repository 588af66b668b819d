import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import { bearing, type ListedService, startWithCallers } from "../support/caller/listed-callers.js";
import { wrongCode } from "../support/enrolment/authenticator.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY as policy } from "../support/security.js";
import type { MfaClient } from "../support/service.js";

const FIRST_LOCK_MS = 30_000;
const permissions = ["verify", "enrol", "disable", "status"];
const log = recordingLog();
const { key, bearer } = sharedSecret();
let listed: ListedService;
beforeAll(async () => {
  listed = await startWithCallers({
    callers: [
      { id: "settings", jwt_subjects: ["settings"], permissions },
      { id: "login-page", jwt_subjects: ["login-page"], permissions, uniform_answers: true },
    ],
    bearer: () => bearer,
    overrides: { log, lockoutScheduleMs: [FIRST_LOCK_MS] },
  });
});
afterAll(() => listed[Symbol.asyncDispose]());
beforeEach(() => void log.lines.splice(0));

/** The clock moves, and tokens expire. */
const as = async (sub: string): Promise<MfaClient> =>
  bearing(listed.service, await token(key, listed.service.clock, { sub }));

/** The fields of each call's line that are about a code, newest last. */
function told(rpc: string) {
  return log.lines
    .filter(({ message, fields }) => message === "call" && String(fields.rpc).endsWith(`/${rpc}`))
    .map(({ fields }) => ({
      outcome: fields.outcome,
      rejection: fields.rejection,
      refusal: fields.refusal,
      method: fields.method,
      remaining: fields.remaining_attempts,
      lockEnd: fields.lock_end,
      unlockRequired: fields.unlock_required,
      userRef: fields.user_ref,
    }));
}

async function refOf(userId: string): Promise<unknown> {
  const [row] = await listed.service.database.sql`
    select user_ref from mfa_audit_subjects where user_id = ${userId}`;
  return row?.user_ref;
}

const locks = () => log.lines.filter(({ message }) => message === "user locked");

/** The lock that ends by itself, from the moment of the service's clock. */
const lockEnd = () => new Date(listed.service.clock.ms + FIRST_LOCK_MS).toISOString();

describe("the line of a call that takes a code", () => {
  test("a wrong code's line has outcome, rejection, method, attempts left, the end of a lock, and the user as the audit log names it", async () => {
    const { clock } = listed.service;
    const client = await as("settings");
    const { userId, authenticator } = await enrolTotp(client, clock);
    const wrong = wrongCode(authenticator, clock.ms);
    for (let guess = 0; guess <= policy.maxAttempts; guess += 1)
      await client.verifyCode({ userId, code: wrong });
    const lines = told("VerifyCode");
    const common = { method: "totp", userRef: await refOf(userId) };
    expect(common.userRef).toMatch(/^[\w-]{22}$/);
    expect(lines[0]).toEqual({
      ...common,
      outcome: "rejected",
      rejection: "INVALID_CODE",
      remaining: policy.maxAttempts - 1,
    });
    expect(lines[policy.maxAttempts - 1]).toMatchObject({
      rejection: "INVALID_CODE",
      remaining: 0,
      lockEnd: lockEnd(),
    });
    const standing = lines[policy.maxAttempts];
    expect(standing).toMatchObject({ ...common, rejection: "TOO_MANY_ATTEMPTS", remaining: 0 });
    expect(Date.parse(String(standing?.lockEnd))).toBeGreaterThan(clock.ms);
    expect(JSON.stringify(log.lines)).not.toContain(userId);
  });

  test("an accepted code's line has outcome, method and user, for each RPC", async () => {
    const { clock } = listed.service;
    const client = await as("settings");
    const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
    await client.verifyCode({ userId, code: backupCodes[0]! });
    await client.regenerateBackupCodes({ userId, code: authenticator.code(clock.ms) });
    clock.advance(30);
    await client.disableMfa({ userId, code: authenticator.code(clock.ms) });
    const userRef = await refOf(userId);
    const accepted = { outcome: "succeeded", userRef };
    expect(told("VerifySetup")).toEqual([{ ...accepted, method: "totp" }]);
    expect(told("VerifyCode")).toEqual([{ ...accepted, method: "backup_code" }]);
    expect(told("RegenerateBackupCodes")).toEqual([{ ...accepted, method: "totp" }]);
    expect(told("DisableMfa")).toEqual([{ ...accepted, method: "totp" }]);
  });

  test("a rejected code's line has reason and method, for each RPC", async () => {
    const { clock } = listed.service;
    const client = await as("settings");
    const { userId, authenticator } = await beginTotp(client);
    await client.verifySetup({ userId, code: wrongCode(authenticator, clock.ms) });
    await client.verifySetup({ userId, code: authenticator.code(clock.ms) });
    clock.advance(30);
    await client.regenerateBackupCodes({ userId, code: wrongCode(authenticator, clock.ms) });
    await client.disableMfa({ userId, code: wrongCode(authenticator, clock.ms) });
    const rejected = { outcome: "rejected", rejection: "INVALID_CODE", method: "totp" };
    for (const rpc of ["VerifySetup", "RegenerateBackupCodes", "DisableMfa"])
      expect(told(rpc)[0], rpc).toMatchObject(rejected);
  });

  test("the line of a call with uniform answers has the true reason", async () => {
    const { userId } = await beginTotp(await as("settings"));
    const client = await as("login-page");
    for (const about of [userId, "nobody"])
      expect((await client.verifyCode({ userId: about, code: "123456" })).outcome.case).toBe("rejected");
    expect(told("VerifyCode")).toMatchObject([
      { outcome: "refused", refusal: "MFA_NOT_ENABLED", userRef: await refOf(userId) },
      { outcome: "refused", refusal: "MFA_NOT_ENABLED" },
    ]);
  });
});

describe("a lock is one line", () => {
  test("a lock is logged once, with its user and its end, and not for codes that it refuses", async () => {
    const { clock } = listed.service;
    const client = await as("settings");
    const { userId, authenticator } = await enrolTotp(client, clock);
    const code = wrongCode(authenticator, clock.ms);
    for (let guess = 0; guess < policy.maxAttempts - 1; guess += 1) await client.verifyCode({ userId, code });
    expect(locks()).toEqual([]);
    const last = { userId, code, requestId: "the-last-guess" };
    await client.verifyCode(last, { headers: { "x-request-id": "locking-call" } });
    await client.verifyCode(last);
    await client.verifyCode({ userId, code });
    expect(locks().map(({ level, fields }) => ({ level, fields }))).toEqual([
      {
        level: "warn",
        fields: {
          request_id: "locking-call",
          user_ref: await refOf(userId),
          caller: "settings",
          action: "verify_code",
          method: "totp",
          lock_end: lockEnd(),
        },
      },
    ]);
  });

  test("a lock that only an operator ends is logged as such", async () => {
    const { clock, database } = listed.service;
    const client = await as("settings");
    const { userId, authenticator } = await enrolTotp(client, clock);
    await database.sql`update mfa_settings set consecutive_failures = 99 where user_id = ${userId}`;
    const code = wrongCode(authenticator, clock.ms);
    for (let guess = 0; guess < 2; guess += 1) await client.verifyCode({ userId, code });
    expect(locks().map(({ fields }) => fields)).toMatchObject([
      { user_ref: await refOf(userId), unlock_required: true },
    ]);
    expect(told("VerifyCode").at(-1)).toMatchObject({
      rejection: "TOO_MANY_ATTEMPTS",
      unlockRequired: true,
      method: "totp",
    });
  });

  test("a lock by the limit of 24 hours is logged with that limit", async () => {
    const { clock, database } = listed.service;
    const client = await as("settings");
    const { userId, authenticator } = await enrolTotp(client, clock);
    const now = Math.floor(clock.ms / 60_000);
    const minutes = Array.from({ length: 19 }, (_, index) => now - 60 - index);
    await database.sql`update mfa_settings set code_failures = ${minutes} where user_id = ${userId}`;
    for (let guess = 0; guess < 2; guess += 1)
      await client.verifyCode({ userId, code: wrongCode(authenticator, clock.ms) });
    // Its event is written beside the answer.
    await expect.poll(() => locks().length).toBe(1);
    expect(locks()[0]?.fields).toMatchObject({
      user_ref: await refOf(userId),
      method: "totp",
      limit: "daily",
      failures: 20,
    });
    expect(Date.parse(String(told("VerifyCode")[0]?.lockEnd))).toBeGreaterThan(clock.ms);
  });
});
