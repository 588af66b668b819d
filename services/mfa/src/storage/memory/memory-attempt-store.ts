import { ATTEMPT_MEMORY_MS } from "../../domain/attempt-policy.js";
import type { AttemptLane, AttemptStore } from "../../domain/ports/attempt-store.js";
import type { UserId } from "../../domain/user-id.js";

interface LaneState {
  used: number;
  level: number;
  lockedUntil: number;
  expires: number;
}

/** Counts guesses in this process, for the embedded default: one process, so one thread of script is as atomic as Redis. */
export function createMemoryAttemptStore(now: () => number): AttemptStore {
  const lanes = new Map<string, LaneState>();
  const keyOf = (userId: UserId, lane: AttemptLane) => `${lane}:${userId}`;
  const stateOf = (key: string) => {
    const state = lanes.get(key);
    if (state !== undefined && state.expires > now()) return state;
    return { used: 0, level: 0, lockedUntil: 0, expires: 0 };
  };
  return {
    charge: (userId, lane, limits) => {
      const key = keyOf(userId, lane);
      const { used, level, lockedUntil } = stateOf(key);
      const at = now();
      if (lockedUntil > at) return Promise.resolve({ admitted: false, retryAfterMs: lockedUntil - at });
      dropExpired(lanes, at);
      const locks = used + 1 >= limits.maxAttempts;
      const nextLevel = locks ? Math.min(level + 1, limits.lockLadderMs.length) : level;
      const lockMs = locks ? limits.lockLadderMs[nextLevel - 1] : undefined;
      lanes.set(key, {
        used: locks ? 0 : used + 1,
        level: nextLevel,
        lockedUntil: at + (lockMs ?? 0),
        expires: at + ATTEMPT_MEMORY_MS,
      });
      return Promise.resolve({
        admitted: true,
        remaining: locks ? 0 : limits.maxAttempts - used - 1,
        lockMs,
      });
    },
    forgive: (userId, lane) => {
      lanes.delete(keyOf(userId, lane));
      return Promise.resolve();
    },
    lockRemainingMs: (userId, lane) => {
      const remaining = stateOf(keyOf(userId, lane)).lockedUntil - now();
      return Promise.resolve(remaining > 0 ? remaining : undefined);
    },
  };
}

/** Entries are in order of their first charge: the oldest few are looked at on each new one, which bounds memory without a timer. */
function dropExpired(lanes: Map<string, LaneState>, at: number): void {
  let looked = 0;
  for (const [key, state] of lanes) {
    if (looked >= 2) return;
    looked += 1;
    if (state.expires <= at) lanes.delete(key);
  }
}
