import { Cluster, type Redis } from "ioredis";

/**
 * Throws unless this server is a master that does not evict keys: when full it must refuse writes, because an evicted counter allows more guesses.
 * Uses INFO, which managed services allow even if they forbid CONFIG.
 */
export async function requireNoEviction(redis: Redis, topology: "one address" | "cluster"): Promise<void> {
  const info = await redis.info();
  const value = (name: string) =>
    new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1] ?? "not reported by INFO";
  if (topology !== "cluster") {
    if (value("redis_mode") === "cluster")
      throw new Error(
        "this Redis is a node of a cluster: begin REDIS_URL with redis+cluster or rediss+cluster",
      );
    if (value("role") !== "master")
      throw new Error(`Redis must be a master, and its role is ${value("role")}`);
  }
  const evicting = evictionProblem(info);
  if (evicting !== undefined) throw new Error(evicting);
}

/** Why a server with this INFO must not count guesses. */
export function evictionProblem(info: string): string | undefined {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "not reported by INFO";
  return policy === "noeviction"
    ? undefined
    : `Redis must have the maxmemory-policy noeviction, and it is ${policy}`;
}

const SETTING = "cluster-require-full-coverage";

/**
 * Whether the nodes of a cluster refuse every key while a single slot has no master, which is the default of Redis: the failover of one master then
 * affects all users. Undefined for other topologies, and if the server does not let its settings be read.
 */
export async function requiresFullCoverage(redis: Redis | Cluster): Promise<boolean | undefined> {
  if (!(redis instanceof Cluster)) return undefined;
  try {
    const answers = await Promise.all(redis.nodes("master").map((node) => node.config("GET", SETTING)));
    return answers.flat().includes("yes");
  } catch {
    return undefined;
  }
}
