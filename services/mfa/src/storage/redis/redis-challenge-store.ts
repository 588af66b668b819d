import { MEMORY_AFTER_EXPIRY_MS } from "../../domain/challenge.js";
import type { ChallengeStore, Opening } from "../../domain/ports/challenge-store.js";
import { COOLDOWN_MEMORY_MS } from "../../domain/send-limit.js";
import { END_CHALLENGE, OPEN_CHALLENGE } from "./challenge-scripts.js";
import { keysOfUser } from "./keys.js";
import { guarded, type RedisClient } from "./redis-client.js";
import { runScript } from "./script.js";

/** Keeps pending challenges in Redis, for all replicas. */
export function createRedisChallengeStore(redis: RedisClient, keyPrefix: string): ChallengeStore {
  return {
    open: (userId, challenge) =>
      guarded(async () => {
        const { id, purpose, mac, binding, lifetimeMs, maxGuesses, above, cooldown, lane } = challenge;
        const user = keysOfUser(keyPrefix, userId);
        const keys = [user.challenge(purpose), user.lane(lane)];
        const terms = [lifetimeMs, maxGuesses, above.toString(), cooldown.firstMs, cooldown.maxMs];
        const keptMs = Math.max(lifetimeMs + MEMORY_AFTER_EXPIRY_MS, COOLDOWN_MEMORY_MS);
        const args = [id, mac, binding, ...terms, keptMs];
        return toOpening(await runScript(redis, OPEN_CHALLENGE, { keys, args }));
      }),
    end: (userId, { id, purpose }) =>
      guarded(async () => {
        const keys = [keysOfUser(keyPrefix, userId).challenge(purpose)];
        await runScript(redis, END_CHALLENGE, { keys, args: [id] });
      }),
    cancel: (userId) =>
      guarded(async () => {
        const user = keysOfUser(keyPrefix, userId);
        await redis.del(user.challenge("enrol"), user.challenge("verify"));
      }),
  };
}

function toOpening(answer: unknown): Opening {
  const [outcome, ms, pauseMs] = Array.isArray(answer) ? (answer as unknown[]) : [];
  if (typeof ms === "number") {
    if (outcome === "opened" && typeof pauseMs === "number") {
      return { opened: true, issueTime: new Date(ms), pauseMs };
    }
    if (outcome === "locked" || outcome === "cooldown") {
      return { opened: false, limit: outcome, retryAfterMs: ms };
    }
  }
  throw new TypeError("unexpected answer of the open script");
}
