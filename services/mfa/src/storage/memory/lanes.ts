import { ATTEMPT_MEMORY_MS, type AttemptLimits } from "../../domain/attempt-policy.js";
import type { AttemptLane, Charge } from "../../domain/ports/attempt-store.js";
import type { UserId } from "../../domain/user-id.js";
import { ExpiringMap } from "./expiring-map.js";
import { TokenBuckets } from "./token-buckets.js";

interface LaneState {
  readonly used: number;
  readonly level: number;
  readonly lockedUntil: number;
}

const FRESH: LaneState = { used: 0, level: 0, lockedUntil: 0 };

/** The counts of guesses, as the script CHARGE keeps them in Redis. */
export class Lanes {
  readonly #lanes: ExpiringMap<LaneState>;

  readonly #logins: TokenBuckets;

  constructor(private readonly now: () => number) {
    this.#lanes = new ExpiringMap(now);
    this.#logins = new TokenBuckets(now);
  }

  charge(userId: UserId, lane: AttemptLane, { maxAttempts, lockLadderMs, rate }: AttemptLimits): Charge {
    const key = keyOf(userId, lane);
    const { used, level, lockedUntil } = this.#lanes.get(key) ?? FRESH;
    const at = this.now();
    if (lockedUntil > at) return { admitted: false, by: "lock", retryAfterMs: lockedUntil - at };
    const login = rate === undefined ? undefined : this.#logins.take(userId, 1, rate);
    if (login?.taken === 0) return { admitted: false, by: "rate", retryAfterMs: login.retryAfterMs };
    const locks = used + 1 >= maxAttempts;
    const nextLevel = locks ? Math.min(level + 1, lockLadderMs.length) : level;
    const lockMs = locks ? lockLadderMs[nextLevel - 1] : undefined;
    const next = { used: locks ? 0 : used + 1, level: nextLevel, lockedUntil: at + (lockMs ?? 0) };
    this.#lanes.set(key, next, ATTEMPT_MEMORY_MS);
    return { admitted: true, remaining: locks ? 0 : maxAttempts - used - 1, lockMs };
  }

  forgive(userId: UserId, lane: AttemptLane): void {
    this.#lanes.delete(keyOf(userId, lane));
  }

  lockRemainingMs(userId: UserId, lane: AttemptLane): number | undefined {
    const remaining = (this.#lanes.get(keyOf(userId, lane)) ?? FRESH).lockedUntil - this.now();
    return remaining > 0 ? remaining : undefined;
  }
}

function keyOf(userId: UserId, lane: AttemptLane): string {
  return `${lane}:${userId}`;
}
