import { afterAll, beforeAll, expect, test } from "vitest";
import { enrolEmail, Mailbox } from "../support/mailbox.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import type { TestService } from "../support/service.js";
import { expectAllSpent, expectAudited, logInWhile, mintCodes, MANY_LOGINS } from "./support/logins.js";
import { type SentinelGroup, startSentinelGroup } from "./support/sentinel-group.js";
import { startReady } from "./support/start-ready.js";
import { storesOf } from "./support/stores-of.js";

const mailbox = new Mailbox();
let folder: ScratchFolder;
let group: SentinelGroup;
let service: TestService;
beforeAll(async () => {
  folder = await createScratchFolder();
  group = await startSentinelGroup({ redis: "p@ss/word?", sentinel: "watch&ward" });
  const { redis } = storesOf({
    REDIS_URL: group.url,
    REDIS_PASSWORD_FILE: await folder.put("password", "p@ss/word?\n"),
    REDIS_SENTINEL_PASSWORD: "watch&ward",
  });
  service = await startReady({ stores: { redis }, overrides: { senders: mailbox, ...MANY_LOGINS } });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await group[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test("users log in through the failover of a master whose last writes are lost", async () => {
  const codes = await mintCodes(service);
  const user = await enrolEmail(service.client, mailbox);
  await service.client.sendVerificationCode({ userId: user.userId });
  const mail = { userId: user.userId, code: mailbox.code(user.email) };

  const report = await logInWhile(service, codes, async () => {
    await group.replica.ask((redis) => redis.call("REPLICAOF", "NO", "ONE"));
    expect((await service.client.verifyCode(mail)).outcome.case).toBe("approved");
    await group.master[Symbol.asyncDispose]();
  });
  console.log(report.approved.length, report.unavailable, report.lostAnswers, report.outageMs);
  expect(report.lostAnswers).toBe(0);
  await expectAudited(service.database.sql, { ...report, approved: [...report.approved, mail] });
  await expectAllSpent(service, [...report.approved, mail]);
  await service.client.sendVerificationCode({ userId: user.userId });
  const next = { userId: user.userId, code: mailbox.code(user.email) };
  expect((await service.client.verifyCode(next)).outcome.case).toBe("approved");
});
