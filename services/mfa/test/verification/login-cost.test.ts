import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService } from "../support/service.js";

const LOGINS = 20;

/** With so many users Postgres would rather read a whole table than look up the hundred rows that it takes a batch for. */
const OTHER_USERS = 12_000;

test("a login reads its own rows and no table from end to end", async () => {
  await using service = await startTestService();
  const { clock, database } = service;
  await addUsers(database.sql, OTHER_USERS);
  const { userId, authenticator } = await enrolTotp(service.client, clock);
  const before = await scanned();
  for (let login = 0; login < LOGINS; login += 1) {
    // Fewer wrong codes than a day allows.
    if (login % 2 === 0) {
      const wrong = await service.client.verifyCode({ userId, code: "00000000" });
      expect(wrong.outcome.case).toBe("rejected");
    }
    const { outcome } = await service.client.verifyCode({ userId, code: authenticator.code(clock.ms) });
    expect(outcome.case).toBe("approved");
    clock.advance(30);
  }
  expect(await scanned()).toEqual(before);

  async function scanned(): Promise<Record<string, number>> {
    await service.restart();
    const rows = await database.sql<{ relname: string; read: number }[]>`
      select relname, seq_tup_read::int as read from pg_stat_user_tables
      where relname in ('mfa_settings', 'mfa_factors', 'mfa_recovery_codes')`;
    return Object.fromEntries(rows.map(({ relname, read }) => [relname, read]));
  }
});

async function addUsers(sql: Sql, count: number): Promise<void> {
  await sql`
    insert into mfa_settings (user_id, is_enabled, created_at, updated_at)
    select 'user-' || n, true, now(), now() from generate_series(1, ${count}::int) n`;
  await sql`
    insert into mfa_factors (id, user_id, method, state, email_encrypted, created_at)
    select gen_random_uuid(), 'user-' || n, 'email', 'active', '', now() from generate_series(1, ${count}::int) n`;
  await sql`analyze mfa_settings, mfa_factors`;
}

test("a login touches no index: every update of settings and factor is HOT", async () => {
  await using service = await startTestService();
  const { clock, database } = service;
  const { userId, authenticator } = await enrolTotp(service.client, clock);
  const before = await updates();
  for (let login = 0; login < LOGINS; login += 1) {
    const { outcome } = await service.client.verifyCode({ userId, code: authenticator.code(clock.ms) });
    expect(outcome.case).toBe("approved");
    clock.advance(30);
  }
  const after = await updates();
  for (const table of ["mfa_settings", "mfa_factors"]) {
    const done = (after.get(table)?.all ?? 0) - (before.get(table)?.all ?? 0);
    const hot = (after.get(table)?.hot ?? 0) - (before.get(table)?.hot ?? 0);
    expect({ table, done, hot }).toEqual({ table, done: LOGINS, hot: LOGINS });
  }

  async function updates(): Promise<Map<string, { all: number; hot: number }>> {
    await service.restart(); // a connection tells what it counted at its end at the latest
    const rows = await database.sql<{ relname: string; all: number; hot: number }[]>`
      select relname, n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables`;
    return new Map(rows.map(({ relname, ...counts }) => [relname, counts]));
  }
});
