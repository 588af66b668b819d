import { MAX_PENDING, MEMORY_AFTER_EXPIRY_MS } from "../../../domain/challenge/challenge.js";
import type { ChallengeStore, NewChallenge, Opening } from "../../../domain/challenge/challenge-store.js";
import { COOLDOWN_MEMORY_MS } from "../../../domain/send-quota/send-limit.js";
import { guarded, type RedisClient } from "../client/redis-client.js";
import { runScript } from "../client/script.js";
import { keysOfUser } from "../client/user-keys.js";
import { END_CHALLENGE, OPEN_CHALLENGE } from "./challenge-scripts.js";

/** Keeps pending challenges in Redis, for all replicas. */
export function createRedisChallengeStore(redis: RedisClient, keyPrefix: string): ChallengeStore {
  return {
    open: (userId, challenge) =>
      guarded(async () => {
        const { id, purpose, method, factorId: factor, mac, binding, maxGuesses: left } = challenge;
        const user = keysOfUser(keyPrefix, userId);
        const keys = [user.challenges, user.scope(challenge.scope)];
        const args = [
          id,
          JSON.stringify({ purpose, method, factor, mac, binding, left }),
          termsOf(challenge),
        ];
        return toOpening(await runScript(redis, OPEN_CHALLENGE, { keys, args }));
      }),
    end: (userId, { id, purpose }) =>
      guarded(async () => {
        const keys = [keysOfUser(keyPrefix, userId).challenges];
        await runScript(redis, END_CHALLENGE, { keys, args: [id, purpose] });
      }),
    cancel: (userId) =>
      guarded(async () => {
        await redis.del(keysOfUser(keyPrefix, userId).challenges);
      }),
  };
}

function termsOf({ purpose, lifetimeMs, above, cooldown }: NewChallenge): string {
  const keptMs = Math.max(lifetimeMs + MEMORY_AFTER_EXPIRY_MS, COOLDOWN_MEMORY_MS);
  const terms = [lifetimeMs, above, cooldown.firstMs, cooldown.maxMs, MAX_PENDING[purpose]];
  return [...terms, MEMORY_AFTER_EXPIRY_MS, keptMs].join(" ");
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
