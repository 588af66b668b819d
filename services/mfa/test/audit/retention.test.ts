import { expect, test } from "vitest";
import { maintainAudit } from "../../src/storage/postgres/audit/maintain-audit.js";
import { type TestAuditLog, testAuditLog } from "../support/stores/audit-log.js";
import { openTestDatabase } from "../support/stores/open-database.js";

type TestDatabase = Awaited<ReturnType<typeof openTestDatabase>>;

const maintain = (database: TestDatabase, { mac, clock }: TestAuditLog) =>
  maintainAudit(database, { mac, now: clock.now, retentionDays: 30 });

/** Rows in each of the months November to March, sealed, the partitions always made too late. */
async function fillFiveMonths(log: TestAuditLog) {
  for (const month of ["2026-11-20", "2026-12-31", "2027-01-10", "2027-02-10", "2027-03-10"]) {
    log.clock.advance((Date.parse(`${month}T12:00:00Z`) - log.clock.ms) / 1_000);
    await log.writeSealed(2, 2);
  }
}

test("months past the retention are dropped under a signed record, and what is left still verifies", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await fillFiveMonths(log);
  const { dropped, heldBack, outcome } = await maintain(database, log);
  expect({ dropped, heldBack, outcome }).toEqual({
    outcome: "done",
    dropped: ["mfa_audit_events_2026_11", "mfa_audit_events_2026_12", "mfa_audit_events_2027_01"],
    heldBack: [],
  });
  const report = await log.verify();
  expect(report).toMatchObject({ problems: [], sealsChecked: 5, rowsChecked: 8, head: { number: 11 } });
  expect(report.notes).toEqual(["rows before 2027-02-01T00:00:00.000000Z were dropped by retention"]);
  await log.writeSealed(1, 1);
  expect(await log.verify()).toMatchObject({ problems: [], head: { number: 12 } });
  // What is left is watched as before.
  const [row] =
    await database.sql`delete from mfa_audit_events where occurred_at < '2027-03-01' returning id`;
  expect((await log.verify()).problems.map(({ where }) => where)).toContainEqual(
    expect.stringContaining(`row ${String(row?.id)}`),
  );
});

test("dropping a month by hand is no retention", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await fillFiveMonths(log);
  await maintain(database, log);
  await database.sql`drop table mfa_audit_events_2027_02`;
  expect((await log.verify()).problemCount).toBe(4);
  await database.sql`delete from mfa_audit_seals where to_time < '2027-03-01'`;
  expect((await log.verify()).problems).toMatchObject([{ where: "seals 7 to 8", what: "deleted" }]);
});

test("rows that were written while a partition was missing move into it", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  log.clock.advance((Date.parse("2029-05-15T00:00:00Z") - log.clock.ms) / 1_000);
  await log.writeSealed(2, 3);
  const countIn = async (table: string) =>
    Number((await database.sql`select count(*) from ${database.sql(table)}`)[0]?.count);
  expect(await countIn("mfa_audit_events_default")).toBe(6);
  expect((await maintain(database, log)).created).toContain("mfa_audit_events_2029_05");
  expect(await countIn("mfa_audit_events_default")).toBe(0);
  expect(await countIn("mfa_audit_events_2029_05")).toBe(6);
  expect(await log.verify()).toMatchObject({ problems: [], rowsChecked: 6 });
});

test("rows without a seal are never dropped", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await log.writeSealed(1, 1);
  await log.write(2);
  log.clock.advance(90 * 86_400);
  expect(await maintain(database, log)).toMatchObject({
    dropped: [],
    heldBack: expect.arrayContaining(["mfa_audit_events_2026_11"]) as string[],
  });
  await log.seal();
  expect((await maintain(database, log)).dropped).toContain("mfa_audit_events_2026_11");
  expect(await log.verify()).toMatchObject({ problems: [], rowsChecked: 0 });
});

test("sealing, maintaining and logging in concurrently do no harm", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await fillFiveMonths(log);
  await log.write(4);
  log.clock.advance(300);
  const work = Array.from({ length: 5 }, () => [maintain(database, log), log.seal(), log.write(3)]).flat();
  await Promise.all(work);
  await maintain(database, log);
  expect(await log.verify()).toMatchObject({ problems: [] });
});
