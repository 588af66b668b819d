import type postgres from "postgres";
import { describe, expect, test } from "vitest";
import { testAuditLog } from "../support/stores/audit-log.js";
import { openTestDatabase } from "../support/stores/open-database.js";

const INTERVALS = 4;
const ROWS = 5;

interface Tampering {
  /** As a superuser, whom no privilege holds. Answers where the verifier must say that the log was tampered with. */
  readonly tamper: (sql: postgres.Sql, at: readonly Row[]) => Promise<readonly string[]>;
}

interface Row {
  readonly id: string;
  readonly place: string;
}

const tamperings: Record<string, Tampering["tamper"]> = {
  "an edited column": async (sql, [, , row]) => {
    await sql`update mfa_audit_events set outcome = 'rejected' where id = ${row!.id}`;
    return [row!.place];
  },
  "an edited column that the MAC has as NULL": async (sql, [row]) => {
    await sql`update mfa_audit_events set reason = '' where id = ${row!.id}`;
    return [row!.place];
  },
  "edited details": async (sql, [row]) => {
    await sql`update mfa_audit_events set details = details || '{"a":"3"}' where id = ${row!.id}`;
    return [row!.place];
  },
  "an edited MAC": async (sql, [row]) => {
    await sql`update mfa_audit_events set mac = sha256('x') where id = ${row!.id}`;
    return [row!.place];
  },
  "a time moved by a microsecond": async (sql, [, row]) => {
    await sql`update mfa_audit_events set occurred_at = occurred_at + interval '1 microsecond' where id = ${row!.id}`;
    return [row!.place.replace("000Z", "001Z")];
  },
  "a deleted row": async (sql, rows) => {
    const row = rows[7]!;
    await sql`delete from mfa_audit_events where id = ${row.id}`;
    return [row.place];
  },
  "the first row deleted": async (sql, [row]) => {
    await sql`delete from mfa_audit_events where id = ${row!.id}`;
    return [row!.place];
  },
  "the last sealed rows cut off": async (sql, rows) => {
    const tail = rows.slice(-3);
    await sql`delete from mfa_audit_events where id in ${sql(tail.map(({ id }) => id))}`;
    return tail.map(({ place }) => place);
  },
  "all rows gone": async (sql, rows) => {
    await sql`truncate mfa_audit_events`;
    return rows.map(({ place }) => place);
  },
  "an inserted copy under another id": async (sql, [row]) => {
    const id = "01930000-0000-7000-8000-000000000000";
    const [copy] = await sql`
      insert into mfa_audit_events select (jsonb_populate_record(e, jsonb_build_object('id', ${id}::text))).* from mfa_audit_events e
      where id = ${row!.id} returning id`;
    return [row!.place.replace(row!.id, String(copy?.id))];
  },
  "two rows of one interval in exchanged order": async (sql, [first, second]) => {
    await sql`
      update mfa_audit_events a set occurred_at = b.occurred_at from mfa_audit_events b
      where (a.id, b.id) in ((${first!.id}, ${second!.id}), (${second!.id}, ${first!.id}))`;
    return [second!.place.replace(second!.id, first!.id), first!.place.replace(first!.id, second!.id)];
  },
  "a seal deleted": async (sql) => {
    await sql`delete from mfa_audit_seals where number = 2`;
    return ["seals 2 to 2"];
  },
  "the first seal deleted with its rows": async (sql, rows) => {
    await sql`delete from mfa_audit_seals where number = 1`;
    await sql`delete from mfa_audit_events where id in ${sql(rows.slice(0, ROWS).map(({ id }) => id))}`;
    return ["seals 1 to 1"];
  },
  "an edited seal": async (sql) => {
    await sql`update mfa_audit_seals set row_count = row_count - 1 where number = 3`;
    return ["seal 3"];
  },
  "a row deleted from the table and from its seal": async (sql, [row]) => {
    await sql`delete from mfa_audit_events where id = ${row!.id}`;
    await sql`update mfa_audit_seals set row_ids = substring(row_ids from 17), row_count = row_count - 1 where number = 1`;
    return ["seal 1"];
  },
  "two seals in exchanged order": async (sql) => {
    await sql`update mfa_audit_seals set number = -number where number in (2, 3)`;
    await sql`update mfa_audit_seals set number = 5 + number where number < 0`;
    return ["seal 2", "seal 3"];
  },
  "an inserted retention record": async (sql) => {
    await sql`
      insert into mfa_audit_seals select 5, 'retention', sealed_at, to_time, to_time, 0, merkle_root, '', '', horizon, to_time, 3, hash, hash,
        hash, key_id, mac from mfa_audit_seals where number = 4`;
    return ["seal 5"];
  },
};

describe("audit verify", () => {
  test.each(Object.entries(tamperings))("audit verify finds and locates %s", async (_, tamper) => {
    await using database = await openTestDatabase();
    const log = testAuditLog(database);
    await log.writeSealed(INTERVALS, ROWS);
    expect(await log.verify()).toMatchObject({ problems: [], sealsChecked: INTERVALS, rowsChecked: 20 });
    const rows = await rowsInOrder(database.sql);
    const places = await tamper(database.sql, rows);
    const report = await log.verify();
    expect(new Set(report.problems.map(({ where }) => where))).toEqual(new Set(places));
  });

  test("audit verify finds rows and seals that were cut off together by a seal noted down before", async () => {
    await using database = await openTestDatabase();
    const log = testAuditLog(database);
    await log.writeSealed(INTERVALS, ROWS);
    const anchor = (await log.verify()).head!;
    const ids = (await rowsInOrder(database.sql)).slice(-2 * ROWS).map(({ id }) => id);
    await database.sql`delete from mfa_audit_events where id in ${database.sql(ids)}`;
    await database.sql`delete from mfa_audit_seals where number > 2`;
    // The service goes on, so that nothing in the database shows the cut any more.
    await log.writeSealed(2, 1);
    expect((await log.verify()).problems).toEqual([]);
    expect((await log.verify({ anchor })).problems).toMatchObject([{ where: "seal 4" }]);
  });

  test("audit verify finds rows edited and inserted before they were sealed, and that sealing has stopped", async () => {
    await using database = await openTestDatabase();
    const log = testAuditLog(database);
    await log.write(3);
    expect(await log.verify()).toMatchObject({ problems: [], unsealedRows: 3, head: undefined });
    const [row] = await rowsInOrder(database.sql);
    await database.sql`update mfa_audit_events set caller = 'somebody else' where id = ${row!.id}`;
    expect((await log.verify()).problems.map(({ where }) => where)).toEqual([row!.place]);
    log.clock.advance(3_600);
    expect((await log.verify()).problems.map(({ where }) => where)).toContainEqual(
      expect.stringMatching(/^rows since /),
    );
  });

  test("audit verify finds the person exchanged who asked for an administrative act", async () => {
    await using database = await openTestDatabase();
    const log = testAuditLog(database);
    await log.write(1, { action: "reset_mfa", details: { reason: "ticket 4711" } });
    await log.write(1, { action: "reset_mfa", details: { reason: "ticket 4711", actor: "jdoe" } });
    expect(await log.verify()).toMatchObject({ problems: [], unsealedRows: 2 });
    const [, row] = await rowsInOrder(database.sql);
    await database.sql`
      update mfa_audit_events set details = details || '{"actor": "asmith"}' where id = ${row!.id}`;
    expect((await log.verify()).problems.map(({ where }) => where)).toEqual([row!.place]);
  });

  test("limits the rows, not the seals, to a time", async () => {
    await using database = await openTestDatabase();
    const log = testAuditLog(database);
    await log.writeSealed(INTERVALS, ROWS);
    const rows = await rowsInOrder(database.sql);
    await database.sql`delete from mfa_audit_events where id in ${database.sql([rows[0]!.id, rows[19]!.id])}`;
    const times = rows.map(({ place }) => new Date(place.split(" of ")[1]!));
    const late = await log.verify({ from: times[10]! });
    expect(late.problems.map(({ where }) => where)).toEqual([rows[19]!.place]);
    const early = await log.verify({ to: times[10]! });
    expect(early.problems.map(({ where }) => where)).toEqual([rows[0]!.place]);
    expect([early.sealsChecked, late.sealsChecked]).toEqual([INTERVALS, INTERVALS]);
  });
});

async function rowsInOrder(sql: postgres.Sql): Promise<Row[]> {
  const rows = await sql`
    select id, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from mfa_audit_events
    order by mfa_audit_events.occurred_at, id`;
  return rows.map(({ id, at }) => ({ id: String(id), place: `row ${String(id)} of ${String(at)}` }));
}
