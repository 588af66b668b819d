import { expect, test } from "vitest";
import { SEAL_LAG_MS } from "../../src/storage/postgres/audit/seal-job.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { scrape } from "../support/scrape.js";
import { startTestService, type TestService } from "../support/service.js";
import { type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";
import { startRedis } from "../support/stores/redis.js";

async function sample({ replicas }: TestService, name: string): Promise<number | undefined> {
  const [replica] = replicas;
  if (replica === undefined) throw new Error("no replica");
  return (await scrape(replica)).get(name);
}

const LAG = "countersign_audit_lag_seconds";

test("audit entries that wait for their seal show how long they have waited, until they are sealed", async () => {
  await using service = await startTestService({ config: { auditSealIntervalMs: 20 } });
  const { client, clock } = service;
  expect(await sample(service, LAG)).toBe(0);
  await enrolTotp(client, clock);
  clock.advance(60);
  expect(await sample(service, LAG)).toBe(90);
  clock.advance(SEAL_LAG_MS / 1_000);
  await expect.poll(() => sample(service, LAG)).toBe(0);
});

test("a Postgres that answers with an error leaves the rest of the page as it is", async () => {
  await using service = await startTestService();
  const { sql } = service.database;
  await sql`alter table mfa_audit_seals rename to away`;
  expect(await sample(service, LAG)).toBeUndefined();
  expect(await sample(service, "countersign_redis_up")).toBe(1);
});

test("a Postgres that is away is shown, on the pages for people too, and no pod leaves for it", async () => {
  let proxy: FaultProxy | undefined;
  await using service = await startTestService({
    config: { databaseTimeLimitMs: 500 },
    async databaseUrl(url) {
      const target = new URL(url);
      proxy = await startFaultProxy({ host: target.hostname, port: Number(target.port) });
      return Object.assign(target, { port: String(proxy.port) }).href;
    },
  });
  await using toPostgres = proxy!;
  const UP = "countersign_pg_up";
  expect(await sample(service, UP)).toBe(1);
  await toPostgres.set("refuse");
  await expect.poll(() => sample(service, UP)).toBe(0);
  const ready = await fetch(
    `http://127.0.0.1:${service.replicas[0]!.server.adminAddress.port}/readyz?verbose`,
  );
  expect([ready.status, await ready.json()]).toMatchObject([
    200,
    { checks: { stores: "ok", postgres: "does not answer", redis: "ok" } },
  ]);
  await toPostgres.set("pass");
  await expect.poll(() => sample(service, UP)).toBe(1);
});

test("a Redis that went away and came back is shown by its reconnections", async () => {
  await using redis = await startRedis();
  await using service = await startTestService({ redisUrl: redis.url });
  const RECONNECTS = "countersign_redis_reconnects_total";
  expect(await sample(service, RECONNECTS)).toBe(0);
  await redis.restart();
  await expect.poll(() => sample(service, RECONNECTS)).toBeGreaterThan(0);
  await expect.poll(() => sample(service, "countersign_redis_up")).toBe(1);
});
