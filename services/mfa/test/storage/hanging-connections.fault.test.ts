import { setTimeout as delay } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../src/storage/postgres/database/database.js";
import { openPostgres } from "../../src/storage/postgres/database/postgres-database.js";
import { createTestDatabase, type TestDatabase } from "../support/stores/database.js";
import { type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";

const LIMIT_MS = 2_000;

let own: TestDatabase;
let proxy: FaultProxy;
let database: Database;
beforeEach(async () => {
  own = await createTestDatabase();
  const url = new URL(own.url);
  proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  url.host = `${proxy.host}:${proxy.port}`;
  database = openPostgres({ url: url.href, maxConnections: 4, timeLimitMs: LIMIT_MS });
});
afterEach(async () => {
  for (const owner of [database, proxy, own]) await owner[Symbol.asyncDispose]();
});

const ask = () => database.run((orm) => orm.execute(sql`select 1`));
const sleep = (seconds: number) => database.run((orm) => orm.execute(sql`select pg_sleep(${seconds})`));
const unavailable: unknown = expect.objectContaining({ reason: "STORE_UNAVAILABLE" });

describe("a connection to Postgres that hangs", () => {
  test("a connection to Postgres that hangs is ended alone: what others do meanwhile comes to its end", async () => {
    const hangs = sleep(30);
    const outcome = hangs.then(
      () => "done",
      (error: unknown) => error,
    );
    await delay(0.8 * LIMIT_MS);
    // Under way when the other one is ended, and over well before their own limit.
    const others = [sleep(0.9), sleep(0.9), sleep(0.9)];
    expect(await outcome).toEqual(unavailable);
    await Promise.all(others);
    await Promise.all(Array.from({ length: 20 }, ask));
  });

  test("a connection to Postgres that hangs gives its place to another, and work that waits for one is refused at its own limit", async () => {
    const hang = [1, 2, 3, 4].map(() => sleep(30));
    const waits = ask();
    expect(await Promise.allSettled([...hang, waits])).toEqual(
      Array.from({ length: 5 }, () => ({ status: "rejected", reason: unavailable })),
    );
    await ask();
  });

  test("a connection to Postgres that hangs is taken for one of a server that is gone once nothing has answered for the whole limit", async () => {
    // Four connections, all of them in use before.
    await Promise.all([1, 2, 3, 4].map(() => sleep(0.2)));
    await proxy.set("black-hole");
    await expect(ask()).rejects.toEqual(unavailable);
    // Open connections are lost for good, as behind an address that has moved; new ones are not.
    await proxy.set("pass");
    await ask();
    await Promise.all(Array.from({ length: 8 }, () => sleep(0.05)));
  });
});
