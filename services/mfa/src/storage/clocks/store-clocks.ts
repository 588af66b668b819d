import { sql } from "drizzle-orm";
import { inTime } from "../../telemetry/metrics/in-time.js";
import { type Database, queryRows } from "../postgres/database/database.js";
import type { RedisClient } from "../redis/client/redis-client.js";

/** A scrape must not wait for a store that does not answer. */
const PATIENCE_MS = 500;

/** Milliseconds since 1970 on a clock. */
export type Clock = () => number;

/** Seconds that this host's clock is ahead of Redis's. Undefined without an answer. */
export function redisClockSkew(redis: RedisClient, hostClock: Clock = Date.now): Promise<number | undefined> {
  return skewFrom(hostClock, async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) + Number(microseconds) / 1_000_000;
  });
}

/** Seconds that this host's clock is ahead of Postgres's. Undefined without an answer. */
export function postgresClockSkew(
  database: Database,
  hostClock: Clock = Date.now,
): Promise<number | undefined> {
  return skewFrom(hostClock, () =>
    database.run(async (orm) => {
      const rows = await queryRows<{ now: number }>(
        orm,
        sql`select extract(epoch from clock_timestamp())::float8 as now`,
      );
      return rows[0]?.now ?? Number.NaN;
    }),
  );
}

/** The store read its clock between request and answer: assuming the middle, the error is at most half of that time. */
async function skewFrom(hostClock: Clock, askSeconds: () => Promise<number>): Promise<number | undefined> {
  const asked = hostClock();
  const seconds = await inTime(PATIENCE_MS, askSeconds());
  if (seconds === undefined) return undefined;
  return (asked + hostClock()) / 2 / 1_000 - seconds;
}
