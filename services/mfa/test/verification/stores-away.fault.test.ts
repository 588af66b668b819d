import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import type { UserId } from "../../src/domain/user-id.js";
import { keysOfUser } from "../../src/storage/redis/client/user-keys.js";
import { reasonOf } from "../support/client/errors.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService, type TestService } from "../support/service.js";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";
import { type OwnRedis, startRedis } from "../support/stores/redis.js";
import { untilDone } from "../support/until.js";

/** Far below a call's deadline: who hears STORE_UNAVAILABLE has not waited for that. */
const LIMITS = { databaseTimeLimitMs: 500, redisTimeLimitMs: 300 };
const FAULTS: readonly Fault[] = ["reset", "refuse", "black-hole", { delay: 2_000 }];

let redis: OwnRedis;
let toRedis: FaultProxy;
let toPostgres: FaultProxy;
let service: TestService;
let user: Enrolled;

async function start(config: Partial<typeof LIMITS> = {}): Promise<void> {
  redis = await startRedis();
  toRedis = await proxyTo(redis.url);
  service = await startTestService({
    redisUrl: through(redis.url, toRedis),
    config,
    databaseUrl: async (url) => {
      toPostgres = await proxyTo(url);
      return through(url, toPostgres);
    },
  });
  // On a machine that does much else a store may miss these limits without a fault: then another user enrols.
  user = await untilDone(() => enrolTotp(service.client, service.clock));
}

afterEach(async () => {
  for (const owner of [service, toRedis, toPostgres, redis]) await owner[Symbol.asyncDispose]();
});

describe.each(FAULTS.map((fault) => [JSON.stringify(fault), fault] as const))(
  "a store that answers with %s",
  (_, fault) => {
    test.each([
      ["Redis", () => toRedis],
      ["Postgres", () => toPostgres],
    ])(
      "%s: nothing is approved, callers hear UNAVAILABLE, and service resumes by itself",
      async (_store, proxy) => {
        await start(LIMITS);
        const code = user.authenticator.code(service.clock.ms);
        await proxy().set(fault);
        await expect(verify(code)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
        await expect(verify(user.backupCodes[0]!)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));

        await proxy().set("pass");
        await expect.poll(() => outcomeOf(user.backupCodes[1]!), { interval: 100 }).toBe("approved");
        const status = await untilDone(() => service.client.getMfaStatus({ userId: user.userId }));
        expect(status).toMatchObject({ enabled: true });
      },
    );
  },
);

test("a Redis that may not be written to approves nothing", async () => {
  await start();
  const operator = new Redis(redis.url);
  await operator.config("SET", "maxmemory", "1");
  await expect(verify(user.authenticator.code(service.clock.ms))).rejects.toSatisfy(
    reasonOf("STORE_UNAVAILABLE"),
  );
  await operator.config("SET", "maxmemory", "0");
  await operator.call("REPLICAOF", "127.0.0.1", "1");
  await expect(verify(user.authenticator.code(service.clock.ms))).rejects.toSatisfy(
    reasonOf("STORE_UNAVAILABLE"),
  );
  await operator.call("REPLICAOF", "NO", "ONE");
  operator.disconnect();
  await expect.poll(() => outcomeOf(user.authenticator.code(service.clock.ms))).toBe("approved");
});

test("a value of another kind where Redis should hold a count approves nothing", async () => {
  await start();
  const operator = new Redis(redis.url);
  const { redisKeyPrefix } = service.config;
  const key = keysOfUser(redisKeyPrefix, user.userId as UserId).scope("primary");
  await operator.set(key, "a text");
  const code = user.authenticator.code(service.clock.ms);
  await expect(verify(code)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  await operator.del(key);
  operator.disconnect();
  expect(await outcomeOf(code)).toBe("approved");
});

test("an acceptance whose answer from Postgres came too late stands, and is not had a second time", async () => {
  await start(LIMITS);
  const code = user.authenticator.code(service.clock.ms);
  // Half of the limit each way: the statement is done, its answer is not waited for.
  await toPostgres.set({ delay: LIMITS.databaseTimeLimitMs * 0.7 });
  await expect(verify(code)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  await toPostgres.set("pass");
  const outcomes: (string | undefined)[] = [];
  while (outcomes.length < 2) {
    const outcome = await outcomeOf(code);
    if (outcome !== "error") outcomes.push(outcome);
  }
  const [rows] = await service.database.sql`
    select count(*)::int as accepted from mfa_audit_events where action = 'verify_code' and outcome = 'succeeded'`;
  expect(rows?.accepted).toBe(1);
  expect(outcomes.filter((outcome) => outcome === "approved").length).toBeLessThanOrEqual(1);
});

test("a Postgres that may not be written to approves nothing and keeps what it has", async () => {
  await start();
  const { sql } = service.database;
  const name = new URL(service.database.url).pathname.slice(1);
  await sql`alter database ${sql(name)} set default_transaction_read_only = on`;
  await endOtherSessions();
  await expect(verify(user.authenticator.code(service.clock.ms))).rejects.toSatisfy(
    reasonOf("STORE_UNAVAILABLE"),
  );
  await sql.begin(
    "read write",
    (tx) => tx`alter database ${tx(name)} set default_transaction_read_only = off`,
  );
  await endOtherSessions();
  await expect.poll(() => outcomeOf(user.authenticator.code(service.clock.ms))).toBe("approved");
});

test("without the right to write the audit log no one is admitted, and nothing changes", async () => {
  await start();
  const { sql } = service.database;
  await sql`alter table mfa_audit_events add constraint broken check (false) not valid`;
  const code = user.authenticator.code(service.clock.ms);
  await expect(verify(code)).rejects.toSatisfy(reasonOf("INTERNAL"));
  await expect(service.client.disableMfa({ userId: user.userId, code })).rejects.toSatisfy(
    reasonOf("INTERNAL"),
  );
  await sql`alter table mfa_audit_events drop constraint broken`;
  expect(await outcomeOf(code)).toBe("approved");
});

test("a Redis that lost its scripts is sent them again", async () => {
  await start();
  const operator = new Redis(redis.url);
  await operator.call("SCRIPT", "FLUSH");
  operator.disconnect();
  expect(await outcomeOf(user.authenticator.code(service.clock.ms))).toBe("approved");
});

test("a stored secret that was tampered with, or moved from another user, opens for nobody", async () => {
  await start();
  const { sql } = service.database;
  const other = await enrolTotp(service.client, service.clock);
  await sql`update mfa_factors f set totp_secret_encrypted = o.totp_secret_encrypted
    from mfa_factors o where f.user_id = ${user.userId} and o.user_id = ${other.userId}`;
  await expect(verify(other.authenticator.code(service.clock.ms))).rejects.toSatisfy(reasonOf("INTERNAL"));
});

function verify(code: string) {
  return service.client.verifyCode({ userId: user.userId, code });
}

async function outcomeOf(code: string): Promise<string | undefined> {
  try {
    return (await verify(code)).outcome.case;
  } catch {
    return "error";
  }
}

async function endOtherSessions(): Promise<void> {
  await service.database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'countersign'`;
}

async function proxyTo(url: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(url);
  return startFaultProxy({ host: hostname, port: Number(port) });
}

function through(url: string, proxy: FaultProxy): string {
  const proxied = new URL(url);
  proxied.host = `${proxy.host}:${proxy.port}`;
  return proxied.href;
}
