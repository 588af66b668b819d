import { Cluster, type Redis, type RedisOptions } from "ioredis";
import { type RedisAddress, type RedisTarget, redisTarget } from "./redis-address.js";
import type { RedisClient } from "./redis-client.js";

/** The credentials and authorities, which may change while the servers stay the same. */
type Access = Pick<
  RedisOptions,
  "username" | "password" | "tls" | "sentinelUsername" | "sentinelPassword" | "sentinelTLS"
>;

/** Several nodes report one refusal, in several errors. */
const SETTLE_MS = 100;
const REFUSED = /^(?:WRONGPASS|NOAUTH|NOPERM)\b|certificate/i;

/**
 * Lets credentials and authorities be replaced. The driver reads its options at each connection; existing connections are unchanged, as on the side
 * of Redis. While a server refuses the new ones, the previous ones are tried in turn, so that it does not matter which side changes first.
 */
export function renewableAccess(redis: RedisClient, first: RedisAddress): (next: RedisAddress) => void {
  let inUse = accessOf(redisTarget(first));
  let other: Access | undefined;
  let changedAt = Number.NEGATIVE_INFINITY;

  function use(access: Access): void {
    inUse = access;
    changedAt = performance.now();
    for (const options of optionsOf(redis)) Object.assign(options, access);
  }

  function tryOther(error: Error): void {
    if (other === undefined || !REFUSED.test(error.message)) return;
    if (performance.now() - changedAt < SETTLE_MS) return;
    const refused = inUse;
    use(other);
    other = refused;
  }

  redis.on("error", tryOther);
  if (redis instanceof Cluster) redis.on("node error", tryOther);
  return (next) => {
    other = inUse;
    use(accessOf(redisTarget(next)));
  };
}

function accessOf(target: RedisTarget): Access {
  const { username, password, tls } = target;
  const common = { username, password, tls } as Access;
  if (target.topology !== "sentinel") return common;
  const { sentinelUsername, sentinelPassword } = target;
  return { ...common, sentinelUsername, sentinelPassword, sentinelTLS: tls };
}

/** The options of the connection, or of a cluster's present and future connections. */
function optionsOf(redis: RedisClient): readonly Partial<RedisOptions>[] {
  if (!(redis instanceof Cluster)) return [redis.options];
  return [redis.options.redisOptions ?? {}, ...redis.nodes("all").map((node: Redis) => node.options)];
}
