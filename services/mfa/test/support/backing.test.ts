import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { createTestDatabase } from "./stores/database.js";
import { createTestRedis, startRedis } from "./stores/redis.js";

test("two test databases share nothing", async () => {
  await using one = await createTestDatabase();
  await using other = await createTestDatabase();
  await one.sql`create table only_in_one (id int)`;
  const found = await other.sql`select 1 from pg_tables where tablename = 'only_in_one'`;
  expect(found).toHaveLength(0);
});

test("a test database goes although a client is still connected", async () => {
  let name: unknown;
  {
    await using database = await createTestDatabase();
    name = (await database.sql`select current_database() as name`)[0]?.name;
  }
  await using other = await createTestDatabase();
  expect(await other.sql`select 1 from pg_database where datname = ${String(name)}`).toHaveLength(0);
});

test("a part of the shared Redis leaves no key behind", async () => {
  const redis = new Redis(createTestRedis().url);
  let prefix: string;
  {
    await using part = createTestRedis();
    prefix = part.keyPrefix;
    await redis.set(`${prefix}a`, "1");
  }
  expect(await redis.keys(`${prefix}*`)).toEqual([]);
  redis.disconnect();
});

test("an own Redis hangs, crashes and comes back empty at the same address", async () => {
  await using own = await startRedis();
  const redis = new Redis(own.url, {
    commandTimeout: 300,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  redis.on("error", () => undefined);
  await redis.set("key", "value");
  await own.pause();
  await expect(redis.get("key")).rejects.toThrow("timed out");
  await own.resume();
  await expect(redis.get("key")).resolves.toBe("value");
  await own.restart();
  await expect(redis.get("key")).resolves.toBeNull();
  redis.disconnect();
});
