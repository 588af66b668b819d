import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { recordingLog } from "../net/support/recording-log.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService, type TestServiceOptions } from "../support/service.js";
import { createTestDatabase, type TestDatabase } from "../support/stores/database.js";
import { type OwnRedis, startRedis } from "../support/stores/redis.js";
import { createRole, type TestRole } from "../support/stores/roles.js";
import { doctor as diagnose } from "./support/doctor.js";
import { expectQuiet, outcomeOf, PATIENCE, sample, written } from "./support/observed.js";
import { checksOf } from "./support/readiness.js";

const READ_ONLY = "is read-only: a standby, or because of default_transaction_read_only";
/** Soon, as a test waits for it. */
const SOON = { reloadIntervalMs: 50 };

let redis: OwnRedis;
let operator: Redis;
let database: TestDatabase;
let role: TestRole;
beforeAll(async () => {
  redis = await startRedis();
  operator = new Redis(redis.url);
  database = await createTestDatabase();
  role = await createRole(database);
  await migrate({ url: database.url }, role.name);
});
afterAll(async () => {
  operator.disconnect();
  for (const owner of [role, database, redis]) await owner[Symbol.asyncDispose]();
});

/** The service on the stores of this file, as the role that serves, and what it logged. */
async function start(options: TestServiceOptions = {}) {
  const log = recordingLog();
  const service = await startTestService({
    redisUrl: redis.url,
    databaseUrl: () => Promise.resolve(role.urlOf(database.url)),
    overrides: { log, ...SOON },
    ...options,
    config: { encryptionKey: KEY, ...options.config },
  });
  return { service, log, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}
const KEY = randomBytes(32).toString("base64");

const doctor = async (env: Readonly<Record<string, string>> = {}) =>
  (
    await diagnose({
      DATABASE_URL: role.urlOf(database.url),
      REDIS_URL: redis.url,
      ENCRYPTION_KEY: KEY,
      ...env,
    })
  ).said;

describe("at the start", () => {
  test("a Redis that refuses the password", async () => {
    const url = new URL(redis.url);
    Object.assign(url, { username: "countersign", password: "wrong" });
    await using wrong = await start({ redisUrl: url.href, config: { redisTimeLimitMs: 500 } });
    const refused = "refuses the password of countersign (REDIS_URL)";
    expect(await checksOf(wrong.service)).toMatchObject({ stores: `Redis ${refused}`, redis: refused });
    expect(await doctor({ REDIS_URL: url.href })).toContain(`failed redis ${refused}\n`);
    expectQuiet(wrong.log.lines);
  });

  test("a schema that is for later programs", async () => {
    await using newer = await createTestDatabase();
    const [row] = await newer.sql`select max(version)::int as version from mfa_schema_migrations`;
    const next = Number(row?.version) + 1;
    await newer.sql`insert into mfa_schema_migrations (version, hash, applied_at, works_with) values (${next}, 'x', now(), ${next})`;
    await using behind = await start({ databaseUrl: () => Promise.resolve(newer.url) });
    const said = `the schema is at ${next}, this program knows ${next - 1}: it is for programs from version ${next} on, go forward to one of them`;
    expect(await checksOf(behind.service)).toMatchObject({ stores: said, postgres: "ok", redis: "ok" });
    expect(JSON.stringify(behind.log.lines)).toContain(said);
    expect(await doctor({ DATABASE_URL: newer.url })).toContain(`failed postgres ${said}`);
  });
});

describe("while it runs", () => {
  test("a Redis that is full refuses writes: readiness, metric, doctor and log say so, until there is room", async () => {
    await using running = await start();
    const { service, log } = running;
    const user = await enrolTotp(service.client, service.clock);
    const full = "refuses writes: out of memory";
    await operator.config("SET", "maxmemory", "1mb");
    expect(await outcomeOf(service, user)).toBeUndefined();
    expect(await checksOf(service)).toMatchObject({ stores: "ok", redis: full, postgres: "ok" });
    expect(await sample(service, "countersign_redis_up")).toBe(0);
    expect(await doctor()).toContain(`failed redis ${full}`);
    await operator.config("SET", "maxmemory", "0");
    await expect.poll(() => sample(service, "countersign_redis_up"), PATIENCE).toBe(1);
    expect(await checksOf(service)).toMatchObject({ redis: "ok" });
    expect(await outcomeOf(service, user)).toBe("approved");
    expect(written(log.lines)).toContainEqual(
      expect.objectContaining({ level: "warn", message: `Redis ${full}` }),
    );
    const again = () => log.lines.map(({ message }) => message);
    await expect.poll(again, PATIENCE).toContain("Redis works again");
    expectQuiet(log.lines);
  });

  test("a Postgres that is read-only: the same, and doctor finds it before any call", async () => {
    await using running = await start();
    const { service, log } = running;
    const user = await enrolTotp(service.client, service.clock);
    const name = new URL(database.url).pathname.slice(1);
    const { sql } = database;
    const endSessions = () =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'countersign'`;
    await sql`alter database ${sql(name)} set default_transaction_read_only = on`;
    await endSessions();
    await expect.poll(() => outcomeOf(service, user), PATIENCE).toBeUndefined();
    await expect.poll(() => sample(service, "countersign_pg_up"), PATIENCE).toBe(0);
    expect(await checksOf(service)).toMatchObject({ stores: "ok", postgres: READ_ONLY });
    expect(await doctor()).toContain(`failed postgres ${READ_ONLY}`);
    await sql.begin(
      "read write",
      (tx) => tx`alter database ${tx(name)} set default_transaction_read_only = off`,
    );
    await endSessions();
    await expect.poll(() => sample(service, "countersign_pg_up"), PATIENCE).toBe(1);
    await expect.poll(() => outcomeOf(service, user), PATIENCE).toBe("approved");
    expect(JSON.stringify(written(log.lines))).toContain(`Postgres ${READ_ONLY}`);
    expectQuiet(log.lines);
  });

  test("a Postgres whose disk is full is told by what it says, not by the reads that still work", async () => {
    await using running = await start();
    const { service, log } = running;
    const user = await enrolTotp(service.client, service.clock);
    // What Postgres raises where a table cannot grow; full-disk.test.ts fills a disk, where it may mount one.
    await database.sql.unsafe(`
      create function no_space() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger no_space before insert on mfa_audit_events for each row execute function no_space()`);
    expect(await outcomeOf(service, user)).toBeUndefined();
    expect(JSON.stringify(written(log.lines))).toContain(
      "Postgres refuses writes: no space left on its disk",
    );
    await database.sql`drop function no_space cascade`;
    await expect.poll(() => outcomeOf(service, user), PATIENCE).toBe("approved");
    expectQuiet(log.lines);
  });
});
