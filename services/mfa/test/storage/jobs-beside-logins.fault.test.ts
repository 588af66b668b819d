import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adminClient } from "../support/client/admin-client.js";
import { reasonOf } from "../support/client/errors.js";
import { startTestService, type TestService } from "../support/service.js";
import { logInUntil } from "../topologies/support/log-in-until.js";
import { type Code, MANY_LOGINS, mintCodes } from "../topologies/support/right-codes.js";

/** Of a job. */
const LIMIT_MS = 1_000;
/** Of a login, which meets it only where it waits for what is held. */
const LOGIN_LIMIT_MS = 4_000;
const HELD_MS = 6_000;
const POOL = 3;

let service: TestService;
let codes: Code[];
beforeEach(async () => {
  service = await startTestService({
    config: {
      databaseConnections: POOL,
      databaseTimeLimitMs: LOGIN_LIMIT_MS,
      jobTimeLimitMs: LIMIT_MS,
      auditSealIntervalMs: LIMIT_MS,
    },
    overrides: MANY_LOGINS,
  });
  codes = await mintCodes(service);
  // Old enough to be sealed.
  service.clock.advance(300);
  codes = codes.filter(({ code }) => code.length > 6);
});
afterEach(() => service[Symbol.asyncDispose]());

/** Holds a table so that nobody can read it, and watches who waits for it meanwhile. */
async function holdTable(sql: Sql, table: string) {
  const seen = { waiters: new Set<number>(), longestMs: 0 };
  await sql.begin(async (tx) => {
    await tx`lock table ${tx(table)} in access exclusive mode`;
    const until = performance.now() + HELD_MS;
    while (performance.now() < until) {
      const waiting = await sql<{ pid: number; ms: number }[]>`
        select pid, extract(epoch from clock_timestamp() - query_start)::float8 * 1000 as ms from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      for (const { pid, ms } of waiting) {
        seen.waiters.add(pid);
        seen.longestMs = Math.max(seen.longestMs, ms);
      }
      await delay(50);
    }
  });
  return seen;
}

const sealCount = async () =>
  (await service.database.sql<{ count: number }[]>`select count(*)::int as count from mfa_audit_seals`)[0]!
    .count;

describe("while a job hangs", () => {
  test("no login fails, Postgres ends the job at its limit, and sealing goes on by itself afterwards", async () => {
    const { sql } = service.database;
    const held = holdTable(sql, "mfa_audit_seals");
    expect(await logInUntil(service, codes, held)).toBeGreaterThan(10);
    const { waiters, longestMs } = await held;
    expect(waiters.size).toBeGreaterThan(0);
    expect(longestMs).toBeLessThan(HELD_MS - LIMIT_MS);
    await expect.poll(sealCount).toBeGreaterThan(0);
  });

  test("a listing that hangs is UNAVAILABLE within its limit, and neither logins nor sealing wait for it", async () => {
    const admin = adminClient(service);
    const held = holdTable(service.database.sql, "mfa_audit_subjects");
    await delay(100);
    const listings = Promise.allSettled(Array.from({ length: 10 }, () => admin.listAuditEvents({})));
    expect(await logInUntil(service, codes, held)).toBeGreaterThan(10);
    for (const listing of await listings)
      expect(listing.status === "rejected" && reasonOf("STORE_UNAVAILABLE")(listing.reason)).toBe(true);
    expect((await held).longestMs).toBeLessThan(HELD_MS - LIMIT_MS);
    expect(await sealCount()).toBeGreaterThan(0);
    expect((await admin.listAuditEvents({})).events.length).toBeGreaterThan(0);
  });
});

test("a replica has no more connections to Postgres than DB_POOL_MAX and two, whatever it does", async () => {
  await using roomy = await startTestService({ config: { databaseConnections: POOL } });
  const { sql } = roomy.database;
  const admin = adminClient(roomy);
  const most = async () =>
    (
      await sql<{ count: number }[]>`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and application_name = 'countersign'`
    )[0]!.count;
  const counts: number[] = [];
  const busy = Promise.all([
    ...Array.from({ length: 60 }, () => admin.listAuditEvents({})),
    ...Array.from({ length: 100 }, () => admin.resetMfa({ userId: crypto.randomUUID(), reason: "test" })),
  ]);
  const state = { running: true };
  void busy.finally(() => (state.running = false));
  while (state.running) counts.push(await most());
  await busy;
  expect(Math.max(...counts)).toBeGreaterThan(POOL);
  expect(Math.max(...counts)).toBeLessThanOrEqual(POOL + 2);
});
