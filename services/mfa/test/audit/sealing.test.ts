import { describe, expect, test } from "vitest";
import { type AuditRow, insertAuditRow } from "../../src/storage/postgres/audit/audit-table.js";
import { watchContinuity } from "../../src/storage/postgres/audit/continuity.js";
import type { Database } from "../../src/storage/postgres/database/database.js";
import { openPglite } from "../../src/storage/postgres/database/pglite-database.js";
import { migrateDatabase } from "../../src/storage/postgres/schema/migrate.js";
import { testAuditLog } from "../support/stores/audit-log.js";
import { openTestDatabase } from "../support/stores/open-database.js";

const implementations: Record<string, () => Promise<Database>> = {
  pglite: async () => {
    const database = await openPglite(undefined);
    await migrateDatabase(database, new Date());
    return database;
  },
  postgres: openTestDatabase,
};

describe.each(Object.entries(implementations))("sealing (%s)", (_, open) => {
  test("sealing signs what is old enough, once, in a chain that verifies", async () => {
    await using database = await open();
    const log = testAuditLog(database);
    await log.write(3);
    expect(await log.seal()).toEqual({ outcome: "nothing" });
    log.clock.advance(300);
    await log.write(2);
    expect(await log.seal()).toMatchObject({ outcome: "sealed", seal: { number: 1, rowCount: 3 } });
    expect(await log.seal()).toEqual({ outcome: "nothing" });
    log.clock.advance(300);
    expect(await log.seal()).toMatchObject({ outcome: "sealed", seal: { number: 2, rowCount: 2 } });
    expect(await log.verify()).toMatchObject({
      problems: [],
      notes: [],
      sealsChecked: 2,
      rowsChecked: 5,
      unsealedRows: 0,
      head: { number: 2 },
    });
  });

  test("rows of every kind of value verify: without user, reason or details, and with all", async () => {
    await using database = await open();
    const log = testAuditLog(database);
    await log.write(1, { details: { 'quote"\\': "ünïcode \u2028 \u0001", b: "", a: "1" } });
    await log.write(1, { reason: "INVALID_CODE", method: "totp", outcome: "rejected" });
    await log.write(1, {
      action: "policy_reload",
      actor: { caller: "c", requestId: "r", context: { ipAddress: undefined, userAgent: undefined } },
    });
    expect(await log.verify()).toMatchObject({ problems: [], unsealedRows: 3 });
  });
});

test("twenty concurrent sealers make one seal", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await log.write(10);
  log.clock.advance(300);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => log.seal()));
  expect(outcomes.filter(({ outcome }) => outcome === "sealed")).toHaveLength(1);
  expect(await log.verify()).toMatchObject({ problems: [], sealsChecked: 1, rowsChecked: 10 });
});

/** Inserts a row of the moment in a transaction that stays open until it is told to commit. */
async function insertSlowly(database: Database, row: AuditRow) {
  const [inserted, committing] = [signal(), signal()];
  const done = database.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(insertAuditRow(row));
      inserted.give();
      await committing.given;
    }),
  );
  await inserted.given;
  return {
    commit: () => {
      committing.give();
      return done;
    },
  };
}

function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give, given };
}

test("a row that is committed after its interval was sealed goes into the next seal, and can then not be deleted unseen", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await log.write(2);
  const row = log.row();
  const slow = await insertSlowly(database, row);
  await log.writeSealed(2, 2);
  await slow.commit();
  expect(await log.verify()).toMatchObject({
    problems: [],
    notes: [expect.stringContaining(`row ${row.id} of`)],
  });
  expect(await log.seal()).toMatchObject({ outcome: "sealed", seal: { number: 3, rowCount: 1 } });
  expect(await log.seal()).toEqual({ outcome: "nothing" });
  expect(await log.verify()).toMatchObject({ problems: [], notes: [] });
  await log.writeSealed(2, 1);
  expect(await log.verify()).toMatchObject({ problems: [], notes: [], sealsChecked: 5 });
  await database.sql`delete from mfa_audit_events where id = ${row.id}`;
  expect((await log.verify()).problems).toEqual([
    { where: `row ${row.id} of ${row.occurred_at!}`, what: "signed by seal 3: deleted or moved" },
  ]);
});

test("many rows that come late, as from a replica whose clock lags behind, are all sealed", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await log.writeSealed(2, 2);
  const late = log.row({ at: new Date(log.clock.ms - 4 * 60_000) });
  await database.sql`
    insert into mfa_audit_events (id, occurred_at, action, purpose, outcome, caller, request_id, key_id, mac)
    select gen_random_uuid(), ${late.occurred_at}::timestamptz, 'verify_code', 'verify', 'rejected', 'x', 'x', ${late.key_id},
      ${late.mac}::text::bytea from generate_series(1, 30000)`;
  const counts: number[] = [];
  for (let result = await log.seal(); result.outcome === "sealed"; result = await log.seal()) {
    counts.push(result.seal.rowCount);
  }
  expect(counts).toEqual(Array.from({ length: 15 }, () => 2_000));
  await log.writeSealed(1, 1);
  expect(await log.seal()).toEqual({ outcome: "nothing" });
});

test("nothing is built upon a forged seal", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  await log.writeSealed(1, 2);
  await database.sql`update mfa_audit_seals set to_time = to_time + interval '10 years'`;
  await log.write(1);
  log.clock.advance(300);
  await expect(log.seal()).rejects.toThrow("seal 1 of the audit log has an invalid signature");
});

test("a seal ends with its month, and a large backlog is sealed in parts", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  log.clock.advance((Date.parse("2026-11-30T23:59:57Z") - log.clock.ms) / 1_000);
  await log.write(5);
  const flood = log.row();
  await database.sql`
    insert into mfa_audit_events (id, occurred_at, action, purpose, outcome, caller, request_id, key_id, mac)
    select gen_random_uuid(), timestamptz '2026-12-01T00:01:00Z' + n * interval '1 millisecond', 'verify_code', 'verify', 'rejected', 'x', 'x',
      ${flood.key_id}, ${flood.mac}::text::bytea from generate_series(1, 5000) n`;
  log.clock.advance(3_600);
  const counts: number[] = [];
  for (let result = await log.seal(); result.outcome === "sealed"; result = await log.seal()) {
    counts.push(result.seal.rowCount);
  }
  expect(counts).toEqual([2, 2_000, 2_000, 1_003]);
});

test("a process that saw a seal raises the alarm when it was deleted with its rows", async () => {
  await using database = await openTestDatabase();
  const log = testAuditLog(database);
  const continuity = watchContinuity(database);
  expect(await continuity.check()).toBeUndefined();
  await log.writeSealed(2, 1);
  expect(await continuity.check()).toBeUndefined();
  await log.writeSealed(1, 1);
  expect(await continuity.check()).toBeUndefined();
  await database.sql`delete from mfa_audit_seals where number = 3`;
  await database.sql`delete from mfa_audit_events where occurred_at > (select max(to_time) from mfa_audit_seals)`;
  await log.writeSealed(1, 1);
  expect(await continuity.check()).toBe(3);
  expect(await continuity.check()).toBe(3);
});
