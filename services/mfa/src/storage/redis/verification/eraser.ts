import { setImmediate } from "node:timers/promises";
import type { RedisClient } from "../client/redis-client.js";

/**
 * Erases keys. Those of one turn of the event loop go together in one command, except on a cluster, where a command reaches the keys of one slot
 * only.
 */
export function createEraser(redis: RedisClient): (key: string) => Promise<void> {
  let waiting: string[] = [];
  let erasing: Promise<void> | undefined;

  async function eraseTogether(): Promise<void> {
    await setImmediate();
    const keys = waiting;
    waiting = [];
    erasing = undefined;
    await (redis.isCluster ? Promise.all(keys.map((key) => redis.del(key))) : redis.del(...keys));
  }

  return (key) => {
    waiting.push(key);
    erasing ??= eraseTogether();
    return erasing;
  };
}
