import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import { startTestService, type TestService } from "../support/service.js";
import { startFaultProxy } from "../support/stores/fault-proxy.js";
import { startRedis } from "../support/stores/redis.js";

const PROBLEM = "Redis must have the maxmemory-policy noeviction, and it is allkeys-lru";

async function readiness({ replicas }: TestService) {
  const answer = await fetch(`http://127.0.0.1:${replicas[0]!.server.adminAddress.port}/readyz?verbose`);
  return { status: answer.status, ...((await answer.json()) as { checks: Record<string, string> }) };
}

test("a Redis that is told to evict takes readiness away, in words, until it keeps its keys again", async () => {
  await using redis = await startRedis();
  const log = recordingLog();
  await using service = await startTestService({
    redisUrl: redis.url,
    overrides: { reloadIntervalMs: 50, log },
  });
  const operator = new Redis(redis.url);
  expect(await readiness(service)).toMatchObject({ status: 200, checks: { stores: "ok" } });
  await operator.config("SET", "maxmemory-policy", "allkeys-lru");
  await expect.poll(() => readiness(service)).toMatchObject({ status: 503, checks: { stores: PROBLEM } });
  expect(log.lines).toContainEqual({
    level: "error",
    message: "not ready: Redis may evict counters",
    fields: { reason: PROBLEM },
  });
  await operator.config("SET", "maxmemory-policy", "noeviction");
  await expect.poll(() => readiness(service)).toMatchObject({ status: 200 });
  operator.disconnect();
});

test("a master that evicts is seen when the connection leads to it, and one that is gone takes no readiness away", async () => {
  await using redis = await startRedis();
  await using other = await startRedis("--maxmemory-policy", "allkeys-lru");
  const at = (url: string) => ({ host: "127.0.0.1", port: Number(new URL(url).port) });
  await using address = await startFaultProxy(at(redis.url));
  await using service = await startTestService({
    redisUrl: `redis://127.0.0.1:${address.port}`,
    config: { redisTimeLimitMs: 500 },
    overrides: { reloadIntervalMs: 600_000 },
  });
  expect(await readiness(service)).toMatchObject({ status: 200 });
  await address.set("refuse");
  await expect
    .poll(() => readiness(service))
    .toMatchObject({ status: 200, checks: { redis: "does not answer" } });
  address.moveTo(at(other.url));
  await address.set("pass");
  await expect.poll(() => readiness(service)).toMatchObject({ status: 503, checks: { stores: PROBLEM } });
});
