import { ATTEMPT_MEMORY_MS, type AttemptLimits } from "../../domain/throttle/lockout-policy.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge, Refund } from "../../domain/verification/attempt-store.js";
import { ExpiringMap } from "./expiring-map.js";
import { TokenBuckets } from "./token-buckets.js";

interface ScopeState {
  readonly used: number;
  /** Charges of the round that a lock ends. */
  readonly open: readonly string[];
  readonly lockedUntil: number;
  /** The lockout level before that lock. */
  readonly before: LockoutLevel;
}

interface LockoutLevel {
  readonly level: number;
  readonly until: number;
}

const NO_LOCKOUT: LockoutLevel = { level: 0, until: 0 };
const FRESH: ScopeState = { used: 0, open: [], lockedUntil: 0, before: NO_LOCKOUT };
const SCOPES: readonly ThrottleScope[] = ["primary", "backup", "enrolment"];

/** The counts of guesses, as the scripts CHARGE and REFUND store them in Redis. */
export class ThrottleScopes {
  readonly #scopes: ExpiringMap<ScopeState>;
  readonly #lockouts: ExpiringMap<LockoutLevel>;
  readonly #logins: TokenBuckets;
  #charges = 0;

  constructor(private readonly now: () => number) {
    this.#scopes = new ExpiringMap(now);
    this.#lockouts = new ExpiringMap(now);
    this.#logins = new TokenBuckets(now);
  }

  charge(userId: UserId, scope: ThrottleScope, limits: AttemptLimits): Charge {
    const key = keyOf(userId, scope);
    const { used, open, lockedUntil, before } = this.#scopes.get(key) ?? FRESH;
    const at = this.now();
    if (lockedUntil > at) return { admitted: false, by: "lock", retryAfterMs: lockedUntil - at };
    const { maxAttempts, rate } = limits;
    const login = rate === undefined ? undefined : this.#logins.take(userId, 1, rate);
    if (login?.taken === 0) return { admitted: false, by: "rate", retryAfterMs: login.retryAfterMs };
    this.#charges += 1;
    const id = String(this.#charges);
    const round = [...(lockedUntil > 0 ? [] : open), id];
    const locks = used + 1 >= maxAttempts;
    const counted = { used: used + 1, open: round, lockedUntil: 0, before };
    const next = locks ? { ...counted, used: 0, ...this.#lock(key, limits, at) } : counted;
    this.#scopes.set(key, next, ATTEMPT_MEMORY_MS);
    const lockMs = locks ? next.lockedUntil - at : undefined;
    return { admitted: true, id, remaining: locks ? 0 : maxAttempts - used - 1, lockMs };
  }

  /** The attempts left of a scope that is not locked. */
  uncharged(userId: UserId, scope: ThrottleScope, { maxAttempts }: AttemptLimits): Charge {
    const { used } = this.#scopes.get(keyOf(userId, scope)) ?? FRESH;
    return { admitted: true, id: "", remaining: maxAttempts - used, lockMs: undefined };
  }

  refund(userId: UserId, scope: ThrottleScope, { chargeId, limits, token }: Refund): number | undefined {
    const key = keyOf(userId, scope);
    const state = this.#scopes.get(key);
    if (state?.open.includes(chargeId) !== true) return undefined;
    const locked = state.lockedUntil > 0;
    if (locked && state.lockedUntil <= this.now()) return undefined;
    if (locked) this.#restore(key, state.before);
    const used = locked ? limits.maxAttempts - 1 : state.used - 1;
    const open = state.open.filter((each) => each !== chargeId);
    if (used > 0)
      this.#scopes.set(key, { used, open, lockedUntil: 0, before: NO_LOCKOUT }, ATTEMPT_MEMORY_MS);
    else this.#scopes.delete(key);
    if (token && limits.rate !== undefined) this.#logins.giveBack(userId, limits.rate);
    return limits.maxAttempts - used;
  }

  resetAttempts(userId: UserId, scope: ThrottleScope): void {
    this.#scopes.delete(keyOf(userId, scope));
  }

  clear(userId: UserId): void {
    for (const scope of SCOPES) {
      this.#scopes.delete(keyOf(userId, scope));
      this.#lockouts.delete(keyOf(userId, scope));
    }
  }

  lockRemainingMs(userId: UserId, scope: ThrottleScope): number | undefined {
    const remaining = (this.#scopes.get(keyOf(userId, scope)) ?? FRESH).lockedUntil - this.now();
    return remaining > 0 ? remaining : undefined;
  }

  /** Raises the lockout level. */
  #lock(
    key: string,
    { lockoutScheduleMs }: AttemptLimits,
    at: number,
  ): Pick<ScopeState, "lockedUntil" | "before"> {
    const before = this.#lockouts.get(key) ?? NO_LOCKOUT;
    const level = Math.min(before.level + 1, lockoutScheduleMs.length);
    this.#lockouts.set(key, { level, until: at + ATTEMPT_MEMORY_MS }, ATTEMPT_MEMORY_MS);
    return { lockedUntil: at + (lockoutScheduleMs[level - 1] ?? 0), before };
  }

  #restore(key: string, lockout: LockoutLevel): void {
    if (lockout.level > 0) this.#lockouts.set(key, lockout, lockout.until - this.now());
    else this.#lockouts.delete(key);
  }
}

function keyOf(userId: UserId, scope: ThrottleScope): string {
  return `${scope}:${userId}`;
}
