import { EventEmitter, once } from "node:events";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MfaError } from "../../src/domain/errors.js";
import type { UserId } from "../../src/domain/user-id.js";
import { type Database, queryRows } from "../../src/storage/postgres/database/database.js";
import { openPostgres } from "../../src/storage/postgres/database/postgres-database.js";
import { readUsers } from "../../src/storage/postgres/enrolment/read-user.js";
import { createTestDatabase, type TestDatabase } from "../support/stores/database.js";
import { type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";
import { CUTS, cutAfterEachByte } from "./support/cut-each-byte.js";
import { watchProcess } from "./support/watch-process.js";

const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8];
const USERS = EIGHT.map((n) => `user-${n}` as UserId);

let database: TestDatabase;
let server: { host: string; port: number };
const expectAlive = watchProcess();
beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname: host, port } = new URL(database.url);
  server = { host, port: Number(port) };
  await database.sql`
    insert into mfa_settings (user_id, is_enabled, created_at, updated_at)
    select user_id, true, now(), now() from jsonb_array_elements_text(${JSON.stringify(USERS)}::text::jsonb) user_id`;
});
afterAll(() => database[Symbol.asyncDispose]());

/** A pool of one connection by way of the proxy. */
async function openPool(proxy: FaultProxy): Promise<Database> {
  const url = new URL(database.url);
  url.hostname = proxy.host;
  url.port = String(proxy.port);
  const pool = openPostgres({
    url: url.href,
    maxConnections: 1,
    timeLimitMs: 20_000,
    preparedStatements: true,
  });
  await pool.run((orm) => orm.execute(sql`select 1`));
  return pool;
}

interface Asked {
  readonly ask: (pool: Database) => Promise<unknown>;
  readonly answer: unknown;
  /** When it is asked again after a failure. The driver tells of one before it has closed the connection. */
  readonly again?: "immediately" | "next turn";
}

function eightRows(tag: number): Asked {
  const statement = sql`select n + ${tag}::int as n from generate_series(1, 8) n`;
  return {
    ask: (pool) => pool.run((orm) => queryRows(orm, statement)),
    answer: EIGHT.map((n) => ({ n: n + tag })),
  };
}

/** Without a parameter the driver sends a statement whole, and further ones behind it on the same connection. */
function pipelinedRows(tag: number, again: Asked["again"] = "immediately"): Asked {
  const statement = sql.raw(`select n + ${tag} as n from generate_series(1, 8) n`);
  return { ...eightRows(tag), again, ask: (pool) => pool.run((orm) => queryRows(orm, statement)) };
}

/** The first query of a login, for eight concurrent logins; by a named statement. */
const BATCHED_READ: Asked = {
  ask: (pool) => pool.run(async (orm) => [...(await readUsers(orm, USERS)).keys()].sort()),
  answer: USERS,
};

const FEW = [eightRows(10), pipelinedRows(20), pipelinedRows(30, "next turn")];

async function expectOwnAnswer(pool: Database, { ask, answer, again }: Asked): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      expect(await ask(pool)).toEqual(answer);
      return;
    } catch (error) {
      if (!(error instanceof MfaError)) throw error;
      expect(error.reason).toBe("STORE_UNAVAILABLE");
      if (again === "next turn") await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** All together, then each alone. */
function expectOwnAnswers(all: readonly Asked[]): (pool: Database) => Promise<void> {
  return async (pool) => {
    await Promise.all(all.map((asked) => expectOwnAnswer(pool, asked)));
    for (const asked of all) await expectOwnAnswer(pool, asked);
  };
}

test.each([
  { by: "reset", step: 1 },
  { by: "end", step: 3 },
  { by: "half-close", step: 3 },
] as const)(
  "an answer cut by $by after each byte, by $step, fails or is whole, and so is each after it",
  async (told) => {
    const bytes = await cutAfterEachByte({ server, open: openPool, ...told, round: expectOwnAnswers(FEW) });
    expect(bytes).toBeGreaterThan(500);
    expectAlive();
  },
);

test.each(CUTS)("eight logins' read cut by %s within the answer fails or is whole", async (by) => {
  const round = expectOwnAnswers([BATCHED_READ, pipelinedRows(20)]);
  const bytes = await cutAfterEachByte({ server, open: openPool, by, step: 7, round });
  expect(bytes).toBeGreaterThan(1_000);
  expectAlive();
});

test.each(CUTS)("a statement cut by %s within its request fails or answers its own rows", async (by) => {
  const sweep = { server, open: openPool, by, direction: "to-server", step: 3 } as const;
  expect(await cutAfterEachByte({ ...sweep, round: expectOwnAnswers(FEW) })).toBeGreaterThan(300);
  expectAlive();
});

test.each(CUTS)(
  "a connection cut by %s at any byte while it is made fails its statement at most",
  async (by) => {
    const sweep = { server, open: openPool, by, fresh: true } as const;
    const round = expectOwnAnswers([eightRows(10)]);
    expect(await cutAfterEachByte({ ...sweep, step: 3, round })).toBeGreaterThan(500);
    expectAlive();
  },
);

test("a statement that fails after its first rows leaves the next one its own", async () => {
  await using proxy = await startFaultProxy(server);
  await using pool = await openPool(proxy);
  const failing = pool.run((orm) =>
    queryRows(orm, sql`select 1 / (5000 - n) as n from generate_series(1, ${10_000}::int) n`),
  );
  await expect(failing).rejects.toMatchObject({ cause: { code: "22012" } });
  await expectOwnAnswer(pool, eightRows(10));
});

test("what is left of a transaction whose connection broke is sent on no other", async () => {
  await using proxy = await startFaultProxy(server);
  await using pool = await openPool(proxy);
  const steps = new EventEmitter();
  const firstBegan = once(steps, "first began");
  const late: Promise<unknown>[] = [];
  const first = pool.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      steps.emit("first began");
      await once(steps, "second began");
      for (const statement of [sql`update mfa_settings set is_verified = true`, sql`rollback`]) {
        late.push(Promise.allSettled([tx.execute(statement)]));
        await Promise.all(late);
      }
    }),
  );
  await firstBegan;
  await proxy.set("reset");
  await expect(first).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await proxy.set("pass");
  await pool.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql`update mfa_settings set preferred_method = 'totp'`);
      steps.emit("second began");
      await new Promise((resolve) => setTimeout(resolve, 100));
      await tx.execute(sql`select 1`);
    }),
  );
  const rejected = [expect.objectContaining({ status: "rejected" })];
  expect(await Promise.all(late)).toEqual([rejected, rejected]);
  const [row] = await database.sql`
    select count(*) filter (where is_verified)::int as verified, count(preferred_method)::int as preferred from mfa_settings`;
  expect(row).toEqual({ verified: 0, preferred: 8 });
  expectAlive();
});

test("a transaction goes on after its connection broke, and ends nothing", async () => {
  await using proxy = await startFaultProxy(server);
  await using pool = await openPool(proxy);
  const late: unknown[] = [];
  const broken = pool.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      await proxy.set("reset");
      await new Promise((resolve) => setTimeout(resolve, 50));
      late.push(...(await Promise.allSettled([tx.execute(sql`select 1`)])));
    }),
  );
  await expect(broken).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await expect.poll(() => late).toEqual([expect.objectContaining({ status: "rejected" })]);
  await proxy.set("pass");
  await expectOwnAnswer(pool, eightRows(10));
  expectAlive();
});

test("a connection asks for nothing of its own accord", async () => {
  await using proxy = await startFaultProxy(server);
  await using pool = await openPool(proxy);
  const [row] = await pool.run((orm) =>
    queryRows<{ query: string }>(
      orm,
      sql`select count(*)::int as named from pg_prepared_statements where statement like '%typarray%'`,
    ),
  );
  expect(row).toEqual({ named: 0 });
});
