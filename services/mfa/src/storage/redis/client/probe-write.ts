import { randomUUID } from "node:crypto";
import { Cluster } from "ioredis";
import type { RedisClient } from "./redis-client.js";
import { defineScript, runScript } from "./script.js";

/** Expires by itself, and uses the commands of the guards, so that no further permission is needed. */
const PROBE = defineScript(
  "probe-write",
  "redis.call('HSET', KEYS[1], 'at', '1') redis.call('PEXPIRE', KEYS[1], 1000)",
);

/** Keys with random names reach most masters of a cluster. */
const KEYS_IN_CLUSTER = 16;

/** Writes a key that expires in a second; rejects with the error of Redis. */
export async function probeWrite(redis: RedisClient, prefix: string): Promise<void> {
  const count = redis instanceof Cluster ? KEYS_IN_CLUSTER : 1;
  const keys = Array.from({ length: count }, () => `${prefix}probe:${randomUUID()}`);
  await Promise.all(keys.map((key) => runScript(redis, PROBE, { keys: [key], args: [] })));
}
