import { createHash } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service[Symbol.asyncDispose]());

test("each code logs in once, in any of its spellings together", async () => {
  const { client, clock } = service;
  const { userId, backupCodes } = await enrolTotp(client, clock);
  const login = async (code: string) => (await client.verifyCode({ userId, code })).outcome;
  expect(await login(backupCodes[0]!.toLowerCase())).toMatchObject({
    case: "approved",
    value: { method: Method.BACKUP_CODE, backupCodesRemaining: 9 },
  });
  expect(await login(backupCodes[0]!)).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  expect(await login(backupCodes[0]!.replaceAll("-", ""))).toEqual(
    rejectedFor(RejectionReason.CODE_REPLAYED),
  );
  expect(await login(backupCodes[1]!)).toMatchObject({
    case: "approved",
    value: { backupCodesRemaining: 8 },
  });
  expect(await client.getMfaStatus({ userId })).toMatchObject({ backupCodesRemaining: 8 });
});

test("all ten log in and the eleventh attempt finds none", async () => {
  const { client, clock } = service;
  const { userId, backupCodes } = await enrolTotp(client, clock);
  for (const [index, code] of backupCodes.entries()) {
    const { outcome } = await client.verifyCode({ userId, code });
    expect(outcome).toMatchObject({ case: "approved", value: { backupCodesRemaining: 9 - index } });
  }
});

test("another user's code is refused and stays unused", async () => {
  const { client, clock } = service;
  const [one, other] = [await enrolTotp(client, clock), await enrolTotp(client, clock)];
  const code = one.backupCodes[0]!;
  const crossed = await client.verifyCode({ userId: other.userId, code });
  expect(crossed.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
  expect((await client.verifyCode({ userId: one.userId, code })).outcome.case).toBe("approved");
});

test("guesses are limited apart from those of the user's own method", async () => {
  const { client, clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  for (let attempt = 0; attempt < 3; attempt += 1)
    await client.verifyCode({ userId, code: "0000-0000-0000" });
  const locked = await client.verifyCode({ userId, code: backupCodes[0]! });
  expect(locked.outcome).toEqual(rejectedFor(RejectionReason.TOO_MANY_ATTEMPTS));
  expect((await client.verifyCode({ userId, code: authenticator.code(clock.ms) })).outcome.case).toBe(
    "approved",
  );
});

test("the method given must fit the form of the code", async () => {
  const { client, clock } = service;
  const { userId, backupCodes } = await enrolTotp(client, clock);
  for (const request of [
    { userId, code: backupCodes[0]!, method: Method.TOTP },
    { userId, code: "123456", method: Method.BACKUP_CODE },
  ]) {
    const error: unknown = await client.verifyCode(request).catch((thrown: unknown) => thrown);
    expect(fieldsAtFault(error)).toEqual(["code"]);
  }
});

test("a new set needs a right code, kills the old one and is spent code by code", async () => {
  const { client, clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const refused = await client.regenerateBackupCodes({ userId, code: "000000" });
  expect(refused.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
  expect((await client.verifyCode({ userId, code: backupCodes[0]! })).outcome.case).toBe("approved");

  const code = authenticator.code(clock.ms);
  const { outcome } = await client.regenerateBackupCodes({ userId, code });
  if (outcome.case !== "backupCodes") throw new Error("refused");
  expect(outcome.value.codes).toHaveLength(10);
  expect(await client.getMfaStatus({ userId })).toMatchObject({ backupCodesRemaining: 10 });
  const replayed = await client.verifyCode({ userId, code });
  expect(replayed.outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  const old = await client.verifyCode({ userId, code: backupCodes[1]! });
  expect(old.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
  expect((await client.verifyCode({ userId, code: outcome.value.codes[0]! })).outcome.case).toBe("approved");
});

test("a new set can be had for a backup code, which dies with the rest", async () => {
  const { client, clock } = service;
  const { userId, backupCodes } = await enrolTotp(client, clock);
  const { outcome } = await client.regenerateBackupCodes({ userId, code: backupCodes[0]! });
  expect(outcome.case).toBe("backupCodes");
  expect(await client.getMfaStatus({ userId })).toMatchObject({ backupCodesRemaining: 10 });
});

test("disabling needs a right code, erases everything, and revives nothing at the next enrolment", async () => {
  const { client, clock, database } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  expect((await client.disableMfa({ userId, code: "000000" })).outcome.case).toBe("rejected");
  const code = authenticator.code(clock.ms);
  expect((await client.disableMfa({ userId, code })).outcome.case).toBe("disabled");

  await expect(client.verifyCode({ userId, code: backupCodes[0]! })).rejects.toSatisfy(
    reasonOf("MFA_NOT_ENABLED"),
  );
  expect(await client.isMfaRequired({ userId })).toMatchObject({ required: false, enrolled: false });
  expect(await client.getMfaStatus({ userId })).toMatchObject({ enabled: false, method: Method.UNSPECIFIED });
  const left = await database.sql`
    select (select count(*)::int from mfa_factors where user_id = ${userId}) as factors,
      (select count(*)::int from mfa_recovery_codes where user_id = ${userId}) as codes`;
  expect(left[0]).toEqual({ factors: 0, codes: 0 });

  await enrolTotp(client, clock, userId);
  const old = await client.verifyCode({ userId, code: backupCodes[0]! });
  expect(old.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
});

test("disabling with a backup code works for a user who lost the authenticator", async () => {
  const { client, clock } = service;
  const { userId, backupCodes } = await enrolTotp(client, clock);
  expect((await client.disableMfa({ userId, code: backupCodes[3]! })).outcome.case).toBe("disabled");
});

test("backup codes are stored under a slow salted hash: the same code of two users has two hashes, and no quick hash finds it", async () => {
  const { client, database } = service;
  const { userId, backupCodes } = await beginTotp(client);
  const rows = await database.sql`select code_hash from mfa_recovery_codes where user_id = ${userId}`;
  const stored = new Set(rows.map((row) => (row.code_hash as Buffer).toString("hex")));
  for (const spelling of backupCodes.flatMap((code) => [
    code,
    code.replaceAll("-", ""),
    code.toLowerCase(),
  ])) {
    for (const algorithm of ["md5", "sha1", "sha256", "sha512"]) {
      expect(stored.has(createHash(algorithm).update(spelling).digest("hex"))).toBe(false);
    }
  }
});

test("where the policy turns backup codes off, none are made and right ones are refused", async () => {
  let backupCodesCount = 10;
  const policy = () => ({ ...DEFAULT_MFA_POLICY, backupCodesCount });
  await using without = await startTestService({ overrides: { policy } });
  const { userId, backupCodes } = await enrolTotp(without.client, without.clock);
  backupCodesCount = 0;
  const code = backupCodes[0]!;
  await expect(without.client.verifyCode({ userId, code })).rejects.toSatisfy(reasonOf("METHOD_NOT_ALLOWED"));
  expect((await beginTotp(without.client)).backupCodes).toEqual([]);
});
