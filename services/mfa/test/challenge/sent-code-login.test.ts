import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { beginTotp } from "../support/enrolment/enrolment.js";
import { beginEmail, enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

const PHONE = "+12025550123";
let service: TestService;
const mailbox = new Mailbox();
const policy = { ...DEFAULT_MFA_POLICY, allowedMethods: new Set(["totp", "sms", "email"] as const) };
beforeAll(async () => {
  service = await startTestService({ overrides: { senders: mailbox, policy: () => policy } });
});
afterAll(() => service[Symbol.asyncDispose]());

const send = async (userId: string) => (await service.client.sendVerificationCode({ userId })).challenge!;
const verify = async (userId: string, code: string) =>
  (await service.client.verifyCode({ userId, code })).outcome;

describe("a user enrols and logs in", () => {
  test("a user enrols and logs in by e-mail", async () => {
    const { client } = service;
    const [userId, email] = ["erin", "Erin@Example.com"];
    const setup = await client.setupMfa({ userId, method: Method.EMAIL, email });
    expect(setup).toMatchObject({
      method: Method.EMAIL,
      enrolment: { case: "challenge", value: { method: Method.EMAIL, maskedDestination: "E***@e***.com" } },
      requiresVerification: true,
    });
    expect(setup.backupCodes).toHaveLength(10);
    expect(await client.isMfaRequired({ userId })).toMatchObject({ enrolled: false });
    const confirming = mailbox.code("Erin@example.com");
    expect((await client.verifySetup({ userId, code: confirming })).outcome).toMatchObject({
      case: "enabled",
      value: { method: Method.EMAIL, backupCodesRemaining: 10 },
    });

    const challenge = await send(userId);
    const life = timestampDate(challenge.expireTime!).getTime() - Date.now();
    expect(life).toBeGreaterThan(590_000);
    expect(life).toBeLessThanOrEqual(600_500);
    const code = mailbox.code("Erin@example.com");
    const { challengeId } = challenge;
    expect(
      (await client.verifyCode({ userId, code, challengeId, method: Method.EMAIL })).outcome,
    ).toMatchObject({
      case: "approved",
      value: { method: Method.EMAIL, backupCodesRemaining: 10 },
    });
    expect(await client.getMfaStatus({ userId })).toMatchObject({
      enabled: true,
      method: Method.EMAIL,
      maskedDestination: "E***@e***.com",
    });
  });

  test("a user enrols and logs in by SMS, the number in whatever spelling", async () => {
    const { client } = service;
    const userId = "sam";
    const setup = await client.setupMfa({ userId, method: Method.SMS, phoneNumber: "(202) 555-0123" });
    expect(setup.enrolment).toMatchObject({ value: { maskedDestination: "+1*****23" } });
    await client.verifySetup({ userId, code: mailbox.code(PHONE) });
    await send(userId);
    expect(await verify(userId, mailbox.code(PHONE))).toMatchObject({
      case: "approved",
      value: { method: Method.SMS },
    });
  });

  test("a user enrols and logs in in Spanish", async () => {
    const { userId, email } = await enrolEmail(service.client, mailbox);
    await service.client.sendVerificationCode({ userId, locale: "es-MX" });
    expect(mailbox.list().find(({ to }) => to === email)).toMatchObject({
      subject: expect.stringContaining("código") as unknown,
    });
  });
});

describe("a code that was sent", () => {
  test("a code that was sent works once, and is told from one that was never right", async () => {
    const { userId, email } = await enrolEmail(service.client, mailbox);
    expect(await verify(userId, "123456")).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
    await send(userId);
    const code = mailbox.code(email);
    expect(await verify(userId, otherThan(code))).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
    expect((await verify(userId, code)).case).toBe("approved");
    expect(await verify(userId, code)).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  });

  test("a code that was sent stands beside the next one, found by its challenge's id; without an id the newest is meant", async () => {
    const { userId, email } = await enrolEmail(service.client, mailbox);
    const { challengeId } = await send(userId);
    const older = mailbox.code(email);
    await send(userId);
    const newer = mailbox.code(email);
    if (older !== newer) {
      expect((await verify(userId, older)).case).toBe("rejected");
      const wrongId = await service.client.verifyCode({ userId, code: newer, challengeId });
      expect(wrongId.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
    }
    const own = await service.client.verifyCode({ userId, code: older, challengeId });
    expect(own.outcome.case).toBe("approved");
    expect((await verify(userId, newer)).case).toBe("approved");
  });

  test("a code that was sent is not ended by two sends of somebody else's; a third ends the oldest", async () => {
    const { userId, email } = await enrolEmail(service.client, mailbox);
    const { challengeId } = await send(userId);
    const own = { userId, code: mailbox.code(email), challengeId };
    for (let stranger = 0; stranger < 2; stranger += 1) await send(userId);
    expect((await service.client.verifyCode(own)).outcome.case).toBe("approved");
    const next = await send(userId);
    for (let stranger = 0; stranger < 3; stranger += 1) await send(userId);
    const ended = await service.client.verifyCode({
      userId,
      code: "123456",
      challengeId: next.challengeId,
    });
    expect(ended.outcome).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
  });

  test("a code that was sent enrols or logs in, never both", async () => {
    const { client } = service;
    const { userId, email } = await beginEmail(client);
    const enrolling = mailbox.code(email);
    await expect(client.verifyCode({ userId, code: enrolling })).rejects.toSatisfy(
      reasonOf("MFA_NOT_ENABLED"),
    );
    await send(userId); // still pending: this one enrols too
    const again = mailbox.code(email);
    expect((await client.verifySetup({ userId, code: again })).outcome.case).toBe("enabled");
    expect(await verify(userId, again)).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
    await send(userId);
    await expect(client.verifySetup({ userId, code: mailbox.code(email) })).rejects.toSatisfy(
      reasonOf("MFA_ALREADY_VERIFIED"),
    );
    expect((await verify(userId, mailbox.code(email))).case).toBe("approved");
  });

  test("a code that was sent disables, and what was sent before is worth nothing afterwards", async () => {
    const { client } = service;
    const { userId, email } = await enrolEmail(client, mailbox);
    await send(userId);
    expect((await client.disableMfa({ userId, code: mailbox.code(email) })).outcome.case).toBe("disabled");
    const [factors] = await service.database.sql<{ count: string }[]>`
      select count(*) from mfa_factors where user_id = ${userId}`;
    expect(Number(factors?.count)).toBe(0);
    expect((await client.getMfaStatus({ userId })).maskedDestination).toBe("");
    await client.setupMfa({ userId, method: Method.EMAIL, email });
    const again = await client.verifySetup({ userId, code: mailbox.code(email) });
    expect(again.outcome.case).toBe("enabled");
  });

  test("a code that was sent renews backup codes", async () => {
    const { userId, email } = await enrolEmail(service.client, mailbox);
    await send(userId);
    const { outcome } = await service.client.regenerateBackupCodes({ userId, code: mailbox.code(email) });
    expect(outcome.case).toBe("backupCodes");
  });

  test("a code that was sent does not outlive the enrolment that it confirms", async () => {
    const { client, clock } = service;
    const { userId } = await beginEmail(client);
    clock.advance(590);
    const challenge = await send(userId);
    expect(timestampDate(challenge.expireTime!).getTime() - Date.now()).toBeLessThanOrEqual(10_500);
    clock.advance(20);
    await expect(client.sendVerificationCode({ userId })).rejects.toSatisfy(reasonOf("MFA_NOT_CONFIGURED"));
  });
});

describe("nothing is sent", () => {
  test("nothing is sent for a method whose codes are not sent, for nobody, or by a method that is not the user's", async () => {
    const { client } = service;
    const { userId } = await beginTotp(client);
    await expect(client.sendVerificationCode({ userId })).rejects.toSatisfy(
      reasonOf("METHOD_HAS_NO_CODE_TO_SEND"),
    );
    await expect(client.sendVerificationCode({ userId: "nobody" })).rejects.toSatisfy(
      reasonOf("MFA_NOT_CONFIGURED"),
    );
    const mailed = await enrolEmail(client, mailbox);
    const before = mailbox.list().length;
    const bySms = client.sendVerificationCode({ userId: mailed.userId, method: Method.SMS });
    await expect(bySms).rejects.toSatisfy(reasonOf("METHOD_NOT_ALLOWED"));
    const byBackup = client.sendVerificationCode({ userId: mailed.userId, method: Method.BACKUP_CODE });
    await expect(byBackup).rejects.toSatisfy(reasonOf("METHOD_HAS_NO_CODE_TO_SEND"));
    expect(mailbox.list()).toHaveLength(before);
  });

  test.each([
    [{ method: Method.EMAIL }, "email"],
    [{ method: Method.EMAIL, email: "ada@localhost" }, "email"],
    [{ method: Method.EMAIL, email: `${"a".repeat(250)}@example.com` }, "email"],
    [{ method: Method.EMAIL, email: "a@example.com", phoneNumber: PHONE }, "phone_number"],
    [{ method: Method.SMS, phoneNumber: "12345" }, "phone_number"],
    [{ method: Method.SMS, phoneNumber: `${PHONE};ext=1` }, "phone_number"],
    [{ method: Method.TOTP, email: "ada@localhost" }, "email"],
    [{ method: Method.SMS, phoneNumber: PHONE, email: "a@example.com" }, "email"],
  ])("nothing is sent to a destination at fault: %j", async (fields, atFault) => {
    const refused = service.client.setupMfa({ userId: "otto", ...fields });
    await expect(refused).rejects.toSatisfy((error: unknown) => fieldsAtFault(error).join() === atFault);
  });

  test.each(["+442079460000", "+19005550123", "+18005550123"])(
    "nothing is sent to a number that the rules exclude: %s",
    async (phoneNumber) => {
      const refused = service.client.setupMfa({ userId: "otto", method: Method.SMS, phoneNumber });
      await expect(refused).rejects.toSatisfy(reasonOf("DESTINATION_NOT_ALLOWED"));
    },
  );
});
