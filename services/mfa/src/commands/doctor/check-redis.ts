import { redisClockSkew } from "../../storage/clocks/store-clocks.js";
import type { RedisAddress } from "../../storage/redis/client/redis-address.js";
import { openRedis, redisReady } from "../../storage/redis/client/redis-client.js";
import { requiresFullCoverage } from "../../storage/redis/client/server-settings.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, warning } = findingsOf("redis");
/** Challenges expire by Redis's clock and TOTP codes by this one: further apart than this, one of them is wrong. */
const MOST_SKEW_SECONDS = 5;

/** Asks every master of whatever topology; writes nothing. */
export async function* checkRedis(address: RedisAddress, timeLimitMs: number): AsyncIterable<Finding> {
  let fault: Error | undefined;
  const redis = openRedis({ ...address, timeLimitMs, onError: (error) => (fault = error) });
  try {
    // What kept it from answering says more than that it did not.
    await redisReady(redis, timeLimitMs).catch((error: unknown) => {
      throw fault ?? error;
    });
    yield ok("answers, and refuses writes when it is full rather than forget (noeviction)");
    const skew = await redisClockSkew(redis);
    if (skew !== undefined && Math.abs(skew) > MOST_SKEW_SECONDS) {
      yield warning(
        `its clock is ${Math.abs(skew).toFixed(1)} s ${skew > 0 ? "behind" : "ahead of"} this one`,
      );
    }
    if (await requiresFullCoverage(redis)) {
      yield warning(
        "cluster-require-full-coverage is yes: while one master fails over, users of the others are refused too; set it to no",
      );
    }
  } finally {
    redis.disconnect();
  }
}
