import { expect, test } from "vitest";
import { enrolTotp } from "./support/enrolment.js";
import { startTestService } from "./support/service.js";

const LOGINS = 20;

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
