import { Cluster } from "ioredis";
import type { RedisClient } from "./redis-client.js";

const SETTING = "cluster-require-full-coverage";

/**
 * Whether the nodes of a cluster refuse every key while a single slot has no master, as Redis does unless told otherwise: the failover of one
 * master then hits everybody's users. Undefined for other topologies, and where the server does not let its settings be read.
 */
export async function requiresFullCoverage(redis: RedisClient): Promise<boolean | undefined> {
  if (!(redis instanceof Cluster)) return undefined;
  try {
    const answers = await Promise.all(redis.nodes("master").map((node) => node.config("GET", SETTING)));
    return answers.flat().includes("yes");
  } catch {
    return undefined;
  }
}
