import { setImmediate } from "node:timers/promises";
import { ATTEMPT_MEMORY_MS, type AttemptLimits } from "../../../domain/throttle/lockout-policy.js";
import type { ThrottleScope } from "../../../domain/throttle/throttle-scope.js";
import type {
  AttemptStore,
  Charge,
  ChargedGuess,
  Guess,
  GuessOutcome,
} from "../../../domain/verification/attempt-store.js";
import { GUESS, GUESS_ONCE } from "../challenge/challenge-scripts.js";
import { guarded, type RedisClient } from "../client/redis-client.js";
import { runScript } from "../client/script.js";
import { keysOfUser, THROTTLE_SCOPES, type UserKeys } from "../client/user-keys.js";
import { CHARGE, CHARGE_ONCE, LOCK_REMAINING, REFUND } from "../throttle/throttle-scripts.js";
import { bucketArgs } from "../throttle/token-bucket.js";
import { claimText, toRepeatedClaim } from "./redis-request-log.js";

/** Counts guesses and compares them in Redis, for all replicas. */
export function createRedisAttemptStore(redis: RedisClient, keyPrefix: string): AttemptStore {
  return { ...chargingAttempts(redis, keyPrefix), ...clearingAttempts(redis, keyPrefix) };
}

function chargingAttempts(
  redis: RedisClient,
  keyPrefix: string,
): Pick<AttemptStore, "charge" | "guess" | "chargeOnce"> {
  return {
    charge: (userId, scope, limits) =>
      guarded(async () => {
        const keys = scopeKeys(keysOfUser(keyPrefix, userId), scope);
        return toCharge(await runScript(redis, CHARGE, { keys, args: [limitsText(limits)] }));
      }),
    guess: (userId, scope, { limits, guess }) =>
      guarded(async () => {
        const user = keysOfUser(keyPrefix, userId);
        const keys = [...scopeKeys(user, scope), user.challenges];
        return toChargedGuess(
          await runScript(redis, GUESS, { keys, args: [limitsText(limits), ...guessArgs(guess)] }),
        );
      }),
    chargeOnce: (request, scope, { limits, guess }) =>
      guarded(async () => {
        const user = keysOfUser(keyPrefix, request.userId);
        const scopes = scopeKeys(user, scope);
        const [own, claim] = [user.request(request.key), claimText(request)];
        const answer = await (guess === undefined
          ? runScript(redis, CHARGE_ONCE, { keys: [...scopes, own], args: [limitsText(limits), claim] })
          : runScript(redis, GUESS_ONCE, {
              keys: [...scopes, user.challenges, own],
              args: [limitsText(limits), ...guessArgs(guess), claim],
            }));
        return toRepeatedClaim(answer) ?? { state: "charged", ...toChargedGuess(answer) };
      }),
  };
}

function clearingAttempts(
  redis: RedisClient,
  keyPrefix: string,
): Omit<AttemptStore, "charge" | "guess" | "chargeOnce"> {
  const erase = createEraser(redis);
  return {
    refund: (userId, scope, { chargeId, limits, token, request }) =>
      guarded(async () => {
        const user = keysOfUser(keyPrefix, userId);
        const keys = [
          ...scopeKeys(user, scope),
          ...(request === undefined ? [] : [user.request(request.key)]),
        ];
        const answer = await runScript(redis, REFUND, {
          keys,
          args: [limitsText(limits), chargeId, token ? "1" : ""],
        });
        if (!Array.isArray(answer)) throw new TypeError("unexpected answer of the refund script");
        const [left] = answer as unknown[];
        return typeof left === "number" ? left : undefined;
      }),
    resetAttempts: (userId, scope) => guarded(() => erase(keysOfUser(keyPrefix, userId).scope(scope))),
    clear: (userId) =>
      guarded(async () => {
        const user = keysOfUser(keyPrefix, userId);
        await redis.del(...THROTTLE_SCOPES.flatMap((scope) => [user.scope(scope), user.lockoutLevel(scope)]));
      }),
    lockRemainingMs: (userId, scope) =>
      guarded(async () => {
        const keys = [keysOfUser(keyPrefix, userId).scope(scope)];
        const remaining = await runScript(redis, LOCK_REMAINING, { keys, args: [] });
        if (typeof remaining !== "number") throw new TypeError("unexpected answer of the lock script");
        return remaining > 0 ? remaining : undefined;
      }),
  };
}

const NO_LIMIT = [0, 0, 0] as const;

/** One argument, because each argument costs time. */
function limitsText({ maxAttempts, lockoutScheduleMs, rate }: AttemptLimits): string {
  const bucket = rate === undefined ? NO_LIMIT : bucketArgs(rate);
  return [maxAttempts, ATTEMPT_MEMORY_MS, ...bucket, ...lockoutScheduleMs].join(" ");
}

function scopeKeys(user: UserKeys, scope: ThrottleScope): [string, string, string] {
  return [user.scope(scope), user.lockoutLevel(scope), user.loginBucket];
}

function toCharge(answer: unknown): Charge {
  const [admitted, remaining, lockMs, id] = Array.isArray(answer) ? (answer as unknown[]) : [];
  if (typeof admitted !== "number" || typeof remaining !== "number" || typeof lockMs !== "number") {
    throw new TypeError("unexpected answer of the charge script");
  }
  if (admitted !== 1) return { admitted: false, by: admitted === 0 ? "lock" : "rate", retryAfterMs: lockMs };
  if (typeof id !== "string") throw new TypeError("a charge without a name");
  return { admitted: true, id, remaining, lockMs: lockMs > 0 ? lockMs : undefined };
}

function guessArgs({ purpose, methods, sentOnly, challengeId = "", macs }: Guess): readonly string[] {
  return [`${sentOnly ? 1 : 0} ${purpose} ,${methods.join(",")},`, challengeId, macs.join(" ")];
}

function toChargedGuess(answer: unknown): ChargedGuess {
  return { charge: toCharge(answer), guessed: toGuessOutcome(answer) };
}

/** An attempt without a challenge has no outcome. */
function toGuessOutcome(answer: unknown): GuessOutcome {
  const [admitted, , , , outcome = "none", counter, binding, mac] = answer as unknown[];
  if (admitted !== 1) return { outcome: "none" };
  if (outcome === "wrong" || outcome === "expired" || outcome === "none") return { outcome };
  if (typeof counter === "string") {
    if (outcome === "replayed") return { outcome, replayCounter: BigInt(counter) };
    if (outcome === "matched" && typeof binding === "string" && typeof mac === "string")
      return { outcome, mac, binding, replayCounter: BigInt(counter) };
  }
  throw new TypeError("unexpected answer of the guess script");
}

/** Deletes keys. Those of one turn of the event loop go in one command, except on a cluster, where a command reaches the keys of one slot only. */
function createEraser(redis: RedisClient): (key: string) => Promise<void> {
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
