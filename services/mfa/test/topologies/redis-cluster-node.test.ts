import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkRedis } from "../../src/commands/doctor/check-redis.js";
import type { UserId } from "../../src/domain/user-id.js";
import { keysOfUser } from "../../src/storage/redis/client/user-keys.js";
import { canStart } from "../support/backing/programs.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { ChangingSecurity } from "../support/security.js";
import { until } from "../support/until.js";
import { expectAllSpent, expectAudited } from "./support/log-in-while.js";
import { Logins } from "./support/logins.js";
import { type RedisCluster, startRedisCluster } from "./support/redis-cluster.js";
import { createRedisTls } from "./support/redis-tls.js";
import { type Code, MANY_LOGINS, mintCodes } from "./support/right-codes.js";
import { startReady } from "./support/start-ready.js";
import { storesOf } from "./support/stores-of.js";

const canRun = await canStart("redis");
const PREFIX = "node:";
const LIMITS = {
  enabled: true,
  defaultRequestsPerMinute: 1_000,
  apiRequestsPerMinute: 1_000,
  loginAttemptsPerMinute: 1_000,
};

describe.skipIf(!canRun)("while a master of a Redis Cluster is away", () => {
  let folder: ScratchFolder;
  let cluster: RedisCluster;
  beforeAll(async () => {
    folder = await createScratchFolder();
    // The replica takes over later than a call is given up, which has time enough on a busy machine.
    const settings = ["--cluster-require-full-coverage", "no", "--cluster-node-timeout", "4000"];
    cluster = await startRedisCluster(await createRedisTls(folder), ...settings);
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test("the doctor warns of a node that then refuses everybody", async () => {
    const warnings = async () => {
      const findings = [];
      const { redis } = storesOf({ REDIS_URL: `redis+cluster://${cluster.hosts}` });
      for await (const finding of checkRedis(redis, {
        redisTimeLimitMs: 5_000,
        redisKeyPrefix: "countersign:",
      }))
        findings.push(finding);
      return findings.filter(({ level }) => level !== "ok").map(({ text }) => text);
    };
    expect(await warnings()).toEqual([]);
    const [, second] = cluster.masters;
    const setCoverage = (value: string) =>
      second!.ask((redis) => redis.config("SET", "cluster-require-full-coverage", value));
    await setCoverage("yes");
    expect(await warnings()).toEqual([expect.stringContaining("cluster-require-full-coverage is yes")]);
    await setCoverage("no");
  });

  test("while a node of the cluster is gone only its own users wait, although it has the bucket of the caller, and all log in once its replica has taken over", async () => {
    const { redis } = storesOf({ REDIS_URL: `redis+cluster://${cluster.hosts}` });
    await using service = await startReady({
      replicas: 2,
      stores: { redis },
      config: {
        redisTimeLimitMs: 3_000,
        redisKeyPrefix: PREFIX,
        security: new ChangingSecurity({ rateLimit: LIMITS }),
      },
      overrides: MANY_LOGINS,
    });
    const dead = await cluster.masterOf(`${PREFIX}rate:caller:api:development`);
    const there: Code[] = [];
    const elsewhere: Code[] = [];
    for (const code of await mintCodes(service)) {
      const master = await cluster.masterOf(keysOfUser(PREFIX, code.userId as UserId).scope("primary"));
      (master === dead ? there : elsewhere).push(code);
    }
    expect(there.length).toBeGreaterThan(20);
    expect(elsewhere.length).toBeGreaterThan(60);
    const healthy = service.replicas.map(
      ({ client }, replica) =>
        new Logins(
          client,
          elsewhere.filter((_, index) => index % 2 === replica),
        ),
    );
    const hit = new Logins(service.client, there);
    const timer = setInterval(() => {
      for (const logins of [...healthy, hit]) logins.next();
    }, 120);
    try {
      await until(() => [hit, ...healthy].every(({ inARow }) => inARow >= 10));
      await dead[Symbol.asyncDispose]();
      await until(() => hit.unavailable > 0 && hit.inARow >= 3);
    } finally {
      clearInterval(timer);
    }
    expect(healthy.map(({ unavailable }) => unavailable)).toEqual([0, 0]);
    const reports = await Promise.all([...healthy, hit].map((logins) => logins.finish()));
    const report = {
      approved: reports.flatMap(({ approved }) => approved),
      lostAnswers: reports.reduce((sum, { lostAnswers }) => sum + lostAnswers, 0),
    };
    await expectAudited(service.database.sql, report);
    await expectAllSpent(service, report.approved);
  });
});
