import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import { canStart } from "../support/backing/programs.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { beginEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService } from "../support/service.js";
import { expectAllSpent, expectAudited, logInWhile } from "./support/log-in-while.js";
import { enrolMailUser } from "./support/mail-login.js";
import { type RedisCluster, startRedisCluster } from "./support/redis-cluster.js";
import { createRedisTls, type RedisTls } from "./support/redis-tls.js";
import { MANY_LOGINS, mintCodes } from "./support/right-codes.js";
import { isReady, startReady } from "./support/start-ready.js";
import { storesOf } from "./support/stores-of.js";

const canRun = await canStart("redis");

describe.skipIf(!canRun)("Redis Cluster", () => {
  const mailbox = new Mailbox();
  let folder: ScratchFolder;
  let tls: RedisTls;
  let cluster: RedisCluster;
  beforeAll(async () => {
    folder = await createScratchFolder();
    tls = await createRedisTls(folder);
    cluster = await startRedisCluster(tls);
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test("every step of a login keeps to the keys of one slot, with all limits in force", async () => {
    const { redis } = storesOf({ REDIS_URL: `redis+cluster://${cluster.hosts}` });
    const ample = {
      defaultRequestsPerMinute: 1_000,
      apiRequestsPerMinute: 1_000,
      loginAttemptsPerMinute: 1_000,
    };
    const security = new ChangingSecurity({ rateLimit: { enabled: true, ...ample } });
    await using service = await startReady({
      stores: { redis },
      config: { security },
      overrides: { senders: mailbox },
    });
    const { client } = service;
    for (let count = 0; count < 5; count += 1) {
      const { userId, email } = await beginEmail(client);
      const code = mailbox.code(email);
      const wrong = await client.verifySetup({ userId, code: otherThan(code) });
      expect(wrong.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
      expect((await client.verifySetup({ userId, code })).outcome.case).toBe("enabled");
      for (const name of ["first", "first", "second"]) {
        await client.sendVerificationCode({ userId, requestId: `${userId}-${name}` });
      }
      const login = { userId, code: mailbox.code(email), requestId: `${userId}-login` };
      for (let again = 0; again < 2; again += 1) {
        expect((await client.verifyCode(login)).outcome.case).toBe("approved");
      }
      await client.sendVerificationCode({ userId });
      const last = await client.disableMfa({ userId, code: mailbox.code(email) });
      expect(last.outcome.case).toBe("disabled");
    }
  });

  test("a node of a cluster is not taken for a Redis by itself", async () => {
    const { redis } = storesOf({ REDIS_URL: `redis://${cluster.hosts.split(",")[0]}` });
    const log = recordingLog();
    await using service = await startTestService({ stores: { redis }, overrides: { log } });
    expect(await isReady(service)).toBe(false);
    expect(log.lines.map(({ fields }) => String(fields.err)).join()).toContain(
      "begin REDIS_URL with redis+cluster",
    );
  });

  test("users log in through the failover of a master, and those of other masters meanwhile, over TLS", async () => {
    const { redis } = storesOf({
      REDIS_URL: `rediss+cluster://${cluster.tlsHosts}`,
      REDIS_TLS_CA_FILE: tls.caFile,
    });
    await using service = await startReady({
      stores: { redis },
      overrides: { senders: mailbox, ...MANY_LOGINS },
    });
    const codes = await mintCodes(service);
    const user = await enrolMailUser(service, mailbox);
    const mail = await user.accepted();
    const report = await logInWhile(service, codes, async () => {
      await cluster.masters[0]![Symbol.asyncDispose]();
    });
    expect(report.lostAnswers).toBe(0);
    await expectAudited(service.database.sql, { ...report, approved: [...report.approved, mail] });
    await expectAllSpent(service, [...report.approved, mail]);
    await user.accepted();
  });
});
