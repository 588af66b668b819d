import type { ServiceConfig } from "../../config/service-config.js";
import { redisClockSkew } from "../../storage/clocks/store-clocks.js";
import { explainRedisFault } from "../../storage/redis/client/explain-fault.js";
import { probeWrite } from "../../storage/redis/client/probe-write.js";
import { type RedisAddress, redisTarget } from "../../storage/redis/client/redis-address.js";
import {
  masterInfos,
  openRedis,
  type RedisClient,
  redisReady,
} from "../../storage/redis/client/redis-client.js";
import { requiresFullCoverage } from "../../storage/redis/client/server-settings.js";
import { NO_ANSWER } from "../../storage/store-condition.js";
import { type Finding, findingsOf } from "../findings/finding.js";

const { ok, warning, failed } = findingsOf("redis");
/** Challenges expire by Redis's clock and TOTP codes by this one: a larger difference makes one of them wrong. */
const MOST_SKEW_SECONDS = 5;

/** Above this share, memory should be added: a login storm can use the rest. */
const NEARLY_FULL = 0.8;

/** Asks every master, in any topology. What it writes expires within a second. */
export async function* checkRedis(
  address: RedisAddress,
  {
    redisTimeLimitMs: timeLimitMs,
    redisKeyPrefix,
  }: Pick<ServiceConfig, "redisTimeLimitMs" | "redisKeyPrefix">,
): AsyncIterable<Finding> {
  let fault: Error | undefined;
  const user = redisTarget(address).username;
  const redis = openRedis({ ...address, timeLimitMs, onError: (error) => (fault = error) });
  try {
    // The cause says more than that it did not answer.
    await redisReady(redis, timeLimitMs).catch((error: unknown) => {
      throw inWords(fault ?? error, user);
    });
    yield ok("answers, and refuses writes when full instead of evicting keys (noeviction)");
    yield await tryWrite(redis, redisKeyPrefix, user);
    yield* memoryFindings(await masterInfos(redis));
    const skew = await redisClockSkew(redis);
    if (skew !== undefined && Math.abs(skew) > MOST_SKEW_SECONDS) {
      yield warning(
        `its clock is ${Math.abs(skew).toFixed(1)} s ${skew > 0 ? "behind" : "ahead of"} this one`,
        "set both clocks by NTP",
      );
    }
    if (await requiresFullCoverage(redis)) {
      yield warning(
        "cluster-require-full-coverage is yes: while one master fails over, users of the others are refused too",
        "set it to no on every node",
      );
    }
  } finally {
    redis.disconnect();
  }
}

/** As readiness says it, where it says more than the error. */
function inWords(error: unknown, user: string | undefined): unknown {
  const why = explainRedisFault(error, user)?.why ?? NO_ANSWER;
  return why === NO_ANSWER ? error : new Error(why);
}

async function tryWrite(redis: RedisClient, prefix: string, user: string | undefined): Promise<Finding> {
  try {
    await probeWrite(redis, prefix);
    return ok("accepts writes (one was tried, and expires)");
  } catch (error) {
    return failed(explainRedisFault(error, user)?.why ?? "refuses writes");
  }
}

/** Of the masters with a limit. */
function memoryFindings(infos: readonly string[]): Finding[] {
  return infos.flatMap((info) => {
    const bytes = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
    const [used, most] = [bytes("used_memory"), bytes("maxmemory")];
    if (most === 0) return [];
    const text = `uses ${mebibytes(used)} of ${mebibytes(most)} MiB (maxmemory)`;
    return [
      used > NEARLY_FULL * most ? warning(text, "give it more memory before it refuses writes") : ok(text),
    ];
  });
}

const mebibytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);
