import type { Log } from "@countersign/telemetry-ports";
import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { UserId } from "../../src/domain/user-id.js";
import type { Database } from "../../src/storage/postgres/database/database.js";
import { openPostgres } from "../../src/storage/postgres/database/postgres-database.js";
import { readUsers } from "../../src/storage/postgres/enrolment/read-user.js";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { canStart } from "../support/backing/programs.js";
import { startFaultProxy } from "../support/stores/fault-proxy.js";
import { openTestDatabase } from "../support/stores/open-database.js";
import { until } from "../support/until.js";
import { expectAllSpent, expectAudited, logInWhile } from "./support/log-in-while.js";
import { type Pooler, startPgBouncer } from "./support/pgbouncer.js";
import { MANY_LOGINS, mintCodes } from "./support/right-codes.js";
import { startReady } from "./support/start-ready.js";

const canRun = await canStart("pgbouncer");

describe.skipIf(!canRun)("PgBouncer in transaction mode", () => {
  let pooler: Pooler;
  beforeAll(async () => {
    pooler = await startPgBouncer(inject("templateDatabaseUrl"));
  });
  afterAll(() => pooler[Symbol.asyncDispose]());

  test("users log in through a pooler in transaction mode, and through its restart", async () => {
    const { log, warnings } = collectWarnings();
    await using service = await startReady({
      replicas: 2,
      databaseUrl: (url) => Promise.resolve(pooler.urlOf(url)),
      // None of many concurrent logins may fail, even on a busy machine.
      config: { databaseTimeLimitMs: 10_000 },
      overrides: { ...MANY_LOGINS, log },
    });
    await migrate({ url: pooler.urlOf(service.database.url) });
    const codes = await mintCodes(service);
    const atOnce = codes
      .slice(0, 80)
      .map((code, index) => service.replicas[index % 2]!.client.verifyCode(code));
    const cases = (await Promise.all(atOnce)).map(({ outcome }) => outcome.case);
    expect(new Set(cases)).toEqual(new Set(["approved"]));

    // Each replica finds that statements are lost, sooner or later, and fails no call for it.
    const lost = () =>
      warnings.filter((message) => message.startsWith("the pooler does not keep prepared statements"));
    await until(async () => {
      const reads = service.replicas.flatMap(({ client }) =>
        USERS.slice(0, 20).map((userId) => client.getMfaStatus({ userId })),
      );
      await Promise.all(reads);
      return lost().length === 2;
    }, lost);

    const report = await logInWhile(service, codes.slice(80), async (outage) => {
      await pooler.kill();
      await outage();
      await pooler.restart();
    });
    const approved = [...codes.slice(0, 80), ...report.approved];
    await expectAudited(service.database.sql, { ...report, approved });
    await expectAllSpent(service, approved);
  });
});

const USERS = Array.from({ length: 60 }, (_, n) => `user-${n}` as UserId);

async function addUsers(sql: Sql): Promise<void> {
  await sql`
    insert into mfa_settings (user_id, is_enabled, created_at, updated_at)
    select user_id, true, now(), now() from jsonb_array_elements_text(${JSON.stringify(USERS)}::text::jsonb) user_id`;
}

const read = (database: Database, userId: UserId) =>
  database.run(async (orm) => [...(await readUsers(orm, [userId])).keys()]);

async function expectOwnAnswers(database: Database): Promise<void> {
  const answers = await Promise.all(USERS.map((userId) => read(database, userId)));
  expect(answers).toEqual(USERS.map((userId) => [userId]));
}

function collectWarnings(): { readonly log: Log; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const ignore = () => undefined;
  const log: Log = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_, message) => void warnings.push(message),
    child: () => log,
  };
  return { log, warnings };
}

describe.skipIf(!canRun)("named statements by way of PgBouncer", () => {
  test.each([
    { poolMode: "transaction", told: "auto", lost: 1 },
    { poolMode: "transaction", told: true, lost: 0 },
    { poolMode: "session", told: "auto", lost: 0 },
  ] as const)(
    "named statements by way of PgBouncer: in $poolMode mode, told $told, every one of many concurrent reads has its own answer",
    async ({ poolMode, told, lost }) => {
      await using owner = await openTestDatabase();
      await using pooler = await startPgBouncer(owner.url, poolMode);
      await addUsers(owner.sql);
      let losses = 0;
      await using database = openPostgres({
        url: pooler.urlOf(owner.url),
        // As many as PgBouncer has in session mode, and more than that in transaction mode.
        maxConnections: poolMode === "session" ? 2 : 8,
        timeLimitMs: 5_000,
        preparedStatements: told,
        onStatementsLost: () => {
          losses += 1;
        },
      });
      for (let round = 0; round < 10; round += 1) await expectOwnAnswers(database);
      expect(losses).toBe(lost);
    },
  );

  test("put in between while the service runs, PgBouncer fails no read", async () => {
    await using owner = await openTestDatabase();
    await using pooler = await startPgBouncer(owner.url);
    await addUsers(owner.sql);
    const direct = new URL(owner.url);
    const through = new URL(pooler.urlOf(owner.url));
    await using proxy = await startFaultProxy({ host: direct.hostname, port: Number(direct.port) });
    const url = new URL(owner.url);
    url.hostname = proxy.host;
    url.port = String(proxy.port);
    let losses = 0;
    await using database = openPostgres({
      url: url.href,
      maxConnections: 8,
      timeLimitMs: 5_000,
      onStatementsLost: () => {
        losses += 1;
      },
    });
    await expectOwnAnswers(database);
    expect(losses).toBe(0);
    proxy.moveTo({ host: through.hostname, port: Number(through.port) });
    await proxy.set("reset");
    await proxy.set("pass");
    await expect.poll(() => read(database, USERS[0]!).catch(() => [])).toEqual([USERS[0]]);
    for (let round = 0; round < 10; round += 1) await expectOwnAnswers(database);
    expect(losses).toBe(1);
  });
});
