import { ATTEMPT_MEMORY_MS, type AttemptLimits } from "../../domain/attempt-policy.js";
import type { AttemptLane, AttemptStore, Charge, GuessOutcome } from "../../domain/ports/attempt-store.js";
import type { UserId } from "../../domain/user-id.js";
import { CHARGE, GUESS, LOCK_REMAINING } from "./attempt-scripts.js";
import { createEraser } from "./eraser.js";
import { keysOfUser } from "./keys.js";
import { guarded, type RedisClient } from "./redis-client.js";
import { runScript } from "./script.js";
import { bucketArgs } from "./token-bucket.js";

/** Counts guesses and compares them in Redis, for all replicas. */
export function createRedisAttemptStore(redis: RedisClient, keyPrefix: string): AttemptStore {
  const keyOf = (userId: UserId, lane: AttemptLane) => keysOfUser(keyPrefix, userId).lane(lane);
  const erase = createEraser(redis);
  return {
    charge: (userId, lane, limits) =>
      guarded(async () => {
        const user = keysOfUser(keyPrefix, userId);
        const keys = [user.lane(lane), user.loginBucket];
        return toCharge(await runScript(redis, CHARGE, { keys, args: [limitsText(limits)] }));
      }),
    guess: (userId, lane, { limits, guess }) =>
      guarded(async () => {
        const user = keysOfUser(keyPrefix, userId);
        const keys = [user.lane(lane), user.loginBucket, user.challenge(guess.purpose)];
        const args = [limitsText(limits), guess.challengeId ?? "", ...guess.macs];
        const answer = await runScript(redis, GUESS, { keys, args });
        return { charge: toCharge(answer), guessed: toGuessOutcome(answer) };
      }),
    forgive: (userId, lane) => guarded(() => erase(keyOf(userId, lane))),
    lockRemainingMs: (userId, lane) =>
      guarded(async () => {
        const remaining = await runScript(redis, LOCK_REMAINING, { keys: [keyOf(userId, lane)], args: [] });
        if (typeof remaining !== "number") throw new TypeError("unexpected answer of the lock script");
        return remaining > 0 ? remaining : undefined;
      }),
  };
}

const NO_LIMIT = [0, 0, 0] as const;

/** In one argument, as each costs on its way. */
function limitsText({ maxAttempts, lockLadderMs, rate }: AttemptLimits): string {
  const bucket = rate === undefined ? NO_LIMIT : bucketArgs(rate);
  return [maxAttempts, ATTEMPT_MEMORY_MS, ...bucket, ...lockLadderMs].join(" ");
}

function toCharge(answer: unknown): Charge {
  const [admitted, remaining, lockMs] = Array.isArray(answer) ? (answer as unknown[]) : [];
  if (typeof admitted !== "number" || typeof remaining !== "number" || typeof lockMs !== "number") {
    throw new TypeError("unexpected answer of the charge script");
  }
  if (admitted !== 1) return { admitted: false, by: admitted === 0 ? "lock" : "rate", retryAfterMs: lockMs };
  return { admitted: true, remaining, lockMs: lockMs > 0 ? lockMs : undefined };
}

function toGuessOutcome(answer: unknown): GuessOutcome {
  const [admitted, , , outcome, binding, mark] = answer as unknown[];
  if (admitted !== 1) return { outcome: "none" };
  if (outcome === "matched" && typeof binding === "string" && typeof mark === "string") {
    return { outcome, binding, mark: BigInt(mark) };
  }
  if (outcome === "wrong" || outcome === "expired" || outcome === "replayed" || outcome === "none") {
    return { outcome };
  }
  throw new TypeError("unexpected answer of the guess script");
}
