import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import { canStart } from "../support/backing/programs.js";
import { createAuthority } from "../support/caller/certificate-authority.js";
import { reasonOf } from "../support/client/errors.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { startTestService } from "../support/service.js";
import { createTestDatabase } from "../support/stores/database.js";
import { startFaultProxy } from "../support/stores/fault-proxy.js";
import { until } from "../support/until.js";
import { expectAllSpent, expectAudited, logInWhile } from "./support/log-in-while.js";
import { enrolMailUser } from "./support/mail-login.js";
import { FAST_SYNC, type RedisNode, startRedisNode, startReplica } from "./support/redis-node.js";
import { createRedisTls, type RedisTls, tlsOnly } from "./support/redis-tls.js";
import { MANY_LOGINS, mintCodes } from "./support/right-codes.js";
import { isReady, startReady } from "./support/start-ready.js";
import { followedStoresOf, storesOf } from "./support/stores-of.js";

const OPERATIONS = fileURLToPath(new URL("../../../../docs/operations.md", import.meta.url));

/** A user of its own, with the rights that docs/operations.md names, under the prefix of every test. */
const PASSWORD = "p@ss/word?#";
const RIGHTS = /~countersign:\* ([^`]+)`/.exec(readFileSync(OPERATIONS, "utf8"))?.[1]?.split(" ") ?? [];
const USER = ["--user", "countersign", "on", `>${PASSWORD}`, "~test:*", ...RIGHTS];

const canRun = await canStart("redis");

describe.skipIf(!canRun)("Redis at one address", () => {
  let folder: ScratchFolder;
  let tls: RedisTls;
  let master: RedisNode;
  let replica: RedisNode;
  beforeAll(async () => {
    folder = await createScratchFolder();
    tls = await createRedisTls(folder);
    const settings = (port: number) => [...tlsOnly(tls)(port), ...USER, ...FAST_SYNC];
    master = await startRedisNode(settings, { tls });
    replica = await startReplica(master, settings, { tls });
  });
  afterAll(async () => {
    await Promise.all([master, replica, folder].map((each) => each[Symbol.asyncDispose]()));
  });

  async function settings(port: number): Promise<Record<string, string>> {
    return {
      REDIS_URL: `rediss://127.0.0.1:${port}`,
      REDIS_USERNAME: "countersign",
      REDIS_PASSWORD_FILE: await folder.put("password", `${PASSWORD}\n`),
      REDIS_TLS_CA_FILE: tls.caFile,
    };
  }

  test("a certificate of somebody else's, or for another name, is not believed", async () => {
    const stranger = await folder.put("stranger.pem", createAuthority().cert);
    const other = { ...(await settings(master.port)), REDIS_TLS_CA_FILE: stranger };
    const named = { ...(await settings(master.port)), REDIS_URL: `rediss://localhost:${master.port}` };
    for (const env of [other, named]) {
      const { redis } = storesOf(env);
      await using service = await startTestService({
        stores: { redis },
        config: { redisTimeLimitMs: 1_000 },
      });
      expect(await isReady(service)).toBe(false);
      const call = service.client.verifyCode({ userId: "alice", code: "000000" });
      await expect(call).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
    }
  });

  test("an authority whose file changes is believed from then on", async () => {
    const file = await folder.put("changing.pem", createAuthority().cert);
    await using database = await createTestDatabase();
    const followed = followedStoresOf({
      ...(await settings(master.port)),
      REDIS_TLS_CA_FILE: file,
      DATABASE_URL: database.url,
    });
    await using service = await startTestService({
      config: { ...followed, redisTimeLimitMs: 1_000 },
      overrides: { reloadIntervalMs: 50 },
    });
    expect(await isReady(service)).toBe(false);
    await folder.put("changing.pem", readFileSync(tls.caFile, "utf8"));
    await until(() => isReady(service));
  });

  test("users log in while the address moves to a copy that lacks the last writes", async () => {
    const mailbox = new Mailbox();
    await using address = await startFaultProxy({ host: "127.0.0.1", port: master.port });
    const { redis } = storesOf(await settings(address.port));
    await using service = await startReady({
      stores: { redis },
      overrides: { senders: mailbox, ...MANY_LOGINS },
    });
    const codes = await mintCodes(service);
    const user = await enrolMailUser(service, mailbox);
    const lost = await user.sent();
    const report = await logInWhile(service, codes, async (outage) => {
      await replica.ask((copy) => copy.call("REPLICAOF", "NO", "ONE"));
      expect((await service.client.verifyCode(lost)).outcome.case).toBe("approved");
      await master[Symbol.asyncDispose]();
      await outage();
      address.moveTo({ host: "127.0.0.1", port: replica.port });
    });
    expect(report.lostAnswers).toBe(0);
    await expectAudited(service.database.sql, { ...report, approved: [...report.approved, lost] });
    await expectAllSpent(service, [...report.approved, lost]);
    await user.accepted();
  });

  test("users log in through a switch-over that moves the address and leaves old connections open", async () => {
    await using old = await startRedisNode(() => FAST_SYNC);
    await using next = await startReplica(old, () => FAST_SYNC);
    await using address = await startFaultProxy({ host: "127.0.0.1", port: old.port });
    const { redis } = storesOf({ REDIS_URL: `redis://127.0.0.1:${address.port}` });
    await using service = await startReady({ stores: { redis }, overrides: MANY_LOGINS });
    const codes = await mintCodes(service);
    const report = await logInWhile(service, codes, async () => {
      address.moveTo({ host: "127.0.0.1", port: next.port });
      await next.ask((redis) => redis.call("REPLICAOF", "NO", "ONE"));
      await old.ask((redis) => redis.call("REPLICAOF", "127.0.0.1", next.port));
    });
    await expectAllSpent(service, report.approved);
  });

  test("a Redis that forgets when it is full is not used until it no longer does, and the log says why", async () => {
    await using forgetful = await startRedisNode(() => ["--maxmemory-policy", "allkeys-lru"]);
    const { redis } = storesOf({ REDIS_URL: `redis://127.0.0.1:${forgetful.port}` });
    const log = recordingLog();
    await using service = await startTestService({ stores: { redis }, overrides: { log } });
    expect(await isReady(service)).toBe(false);
    const reasons = log.lines.map(({ fields }) => String((fields.err as Error | undefined)?.message));
    expect(reasons.join()).toContain("must have the maxmemory-policy noeviction, and it is allkeys-lru");
    await forgetful.ask((node) => node.config("SET", "maxmemory-policy", "noeviction"));
    await until(() => isReady(service));
  });
});
