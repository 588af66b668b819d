import type { Redis } from "ioredis";

/**
 * Throws unless this server refuses writes when it is full, rather than forget what it was given: an evicted counter is a guess given back.
 * By INFO, which managed services answer where they forbid CONFIG.
 */
export async function requireNoEviction(redis: Redis): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info("memory"))?.[1];
  if (policy === "noeviction") return;
  const found = policy === undefined ? "INFO does not tell which" : `it is ${policy}`;
  throw new Error(`Redis must have the maxmemory-policy noeviction, and ${found}`);
}
