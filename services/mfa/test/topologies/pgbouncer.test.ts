import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../../src/storage/postgres/migrate.js";
import { canStart } from "../support/backing/programs.js";
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
    await using service = await startReady({
      replicas: 2,
      databaseUrl: (url) => Promise.resolve(pooler.urlOf(url)),
      overrides: MANY_LOGINS,
    });
    await migrate({ url: pooler.urlOf(service.database.url) });
    const codes = await mintCodes(service);
    const atOnce = codes
      .slice(0, 80)
      .map((code, index) => service.replicas[index % 2]!.client.verifyCode(code));
    const cases = (await Promise.all(atOnce)).map(({ outcome }) => outcome.case);
    expect(new Set(cases)).toEqual(new Set(["approved"]));

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
