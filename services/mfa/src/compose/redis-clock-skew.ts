import type { RedisClient } from "../storage/redis/redis-client.js";
import { inTime } from "../telemetry/in-time.js";

/** A scrape must not wait for a Redis that hangs. */
const PATIENCE_MS = 500;

/** Seconds that this clock is ahead of Redis's, give or take the time that the answer took. Undefined without an answer. */
export async function redisClockSkew(redis: RedisClient): Promise<number | undefined> {
  const asked = Date.now();
  const time = await inTime(PATIENCE_MS, redis.time());
  if (time === undefined) return undefined;
  const [seconds, microseconds] = time;
  const middle = (asked + Date.now()) / 2 / 1_000;
  return middle - (Number(seconds) + Number(microseconds) / 1_000_000);
}
