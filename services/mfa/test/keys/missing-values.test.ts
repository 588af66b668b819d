import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { expect, test } from "vitest";
import { createLogger } from "../../src/telemetry/log/logger.js";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { startTestService } from "../support/service.js";

/** A value that somebody emptied by SQL must match nothing: neither an empty code nor the right one. */
async function start() {
  const mailbox = new Mailbox();
  const lines: string[] = [];
  const log = createLogger("error", { write: (line) => void lines.push(line) });
  const service = await startTestService({ overrides: { senders: mailbox, log } });
  return { service, mailbox, lines, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

test("an e-mail factor whose address is null accepts no code, and the fault is logged", async () => {
  await using subject = await start();
  const { service, mailbox, lines } = subject;
  const { client, database } = service;
  const { userId, email } = await enrolEmail(client, mailbox);
  await client.sendVerificationCode({ userId });
  await database.sql`update mfa_factors set email_encrypted = null where user_id = ${userId}`;
  for (const request of [
    { userId, code: mailbox.code(email) },
    { userId, code: mailbox.code(email), method: Method.EMAIL },
  ]) {
    await expect(client.verifyCode(request)).rejects.toSatisfy(reasonOf("INTERNAL"));
  }
  expect(lines.join()).toContain("is incomplete");
});

test("the database refuses a TOTP factor without a secret", async () => {
  await using subject = await start();
  const { client, clock, database } = subject.service;
  const { userId } = await enrolTotp(client, clock);
  await expect(
    database.sql`update mfa_factors set totp_secret_encrypted = null where user_id = ${userId}`,
  ).rejects.toThrow("mfa_factors_totp");
});

test("backup codes whose salt is null accept no code", async () => {
  await using subject = await start();
  const { client, clock, database } = subject.service;
  const { userId, backupCodes } = await enrolTotp(client, clock);
  await database.sql`update mfa_settings set backup_salt = null where user_id = ${userId}`;
  const { outcome } = await client.verifyCode({ userId, code: backupCodes[0]! });
  expect(outcome.case).toBe("rejected");
});
