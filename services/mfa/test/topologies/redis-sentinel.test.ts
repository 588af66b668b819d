import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canStart } from "../support/backing/programs.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { expectAllSpent, expectAudited, logInWhile } from "./support/log-in-while.js";
import { enrolMailUser } from "./support/mail-login.js";
import { createRedisTls } from "./support/redis-tls.js";
import { MANY_LOGINS, mintCodes } from "./support/right-codes.js";
import { startSentinelGroup } from "./support/sentinel-group.js";
import { startReady } from "./support/start-ready.js";
import { storesOf } from "./support/stores-of.js";

const PASSWORDS = { password: "p4ssw0rd", sentinelPassword: "watchw0rd" };

const canRun = await canStart("redis");

describe.skipIf(!canRun)("Redis behind Sentinel", () => {
  let folder: ScratchFolder;
  beforeAll(async () => {
    folder = await createScratchFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  async function settings(): Promise<Record<string, string>> {
    return {
      REDIS_PASSWORD_FILE: await folder.put("password", `${PASSWORDS.password}\n`),
      REDIS_SENTINEL_PASSWORD: PASSWORDS.sentinelPassword,
    };
  }

  test("users log in through the failover to a replica that lacks the last writes, all over TLS", async () => {
    const tls = await createRedisTls(folder);
    await using group = await startSentinelGroup({ ...PASSWORDS, tls });
    const { redis } = storesOf({
      REDIS_URL: `rediss+sentinel://${group.address}`,
      REDIS_TLS_CA_FILE: tls.caFile,
      ...(await settings()),
    });
    const mailbox = new Mailbox();
    await using service = await startReady({
      stores: { redis },
      overrides: { senders: mailbox, ...MANY_LOGINS },
    });
    const codes = await mintCodes(service);
    const user = await enrolMailUser(service, mailbox);
    const lost = await user.sent();
    const report = await logInWhile(service, codes, async () => {
      await group.replica.ask((redis) => redis.call("REPLICAOF", "NO", "ONE"));
      expect((await service.client.verifyCode(lost)).outcome.case).toBe("approved");
      await group.master[Symbol.asyncDispose]();
    });
    expect(report.lostAnswers).toBe(0);
    await expectAudited(service.database.sql, { ...report, approved: [...report.approved, lost] });
    await expectAllSpent(service, [...report.approved, lost]);
    await user.accepted();
  });

  test("users log in by what Sentinels say in cleartext", async () => {
    await using group = await startSentinelGroup({ ...PASSWORDS, tls: undefined });
    const { redis } = storesOf({ REDIS_URL: `redis+sentinel://${group.address}`, ...(await settings()) });
    const mailbox = new Mailbox();
    await using service = await startReady({ stores: { redis }, overrides: { senders: mailbox } });
    await (await enrolMailUser(service, mailbox)).accepted();
  });
});
