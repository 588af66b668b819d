import { type ChallengePurpose, MEMORY_AFTER_EXPIRY_MS } from "../../domain/challenge.js";
import type { Guess, GuessOutcome } from "../../domain/ports/attempt-store.js";
import type { NewChallenge, Opening } from "../../domain/ports/challenge-store.js";
import type { UserId } from "../../domain/user-id.js";
import { ExpiringMap } from "./expiring-map.js";

interface Pending extends NewChallenge {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly mark: bigint;
  left: number;
  spent: boolean;
}

/** Pending challenges, as the scripts GUESS and OPEN_CHALLENGE keep them in Redis. */
export class Challenges {
  readonly #pending: ExpiringMap<Pending>;

  constructor(private readonly now: () => number) {
    this.#pending = new ExpiringMap(now);
  }

  open(userId: UserId, challenge: NewChallenge): Opening {
    const key = keyOf(userId, challenge.purpose);
    const old = this.#pending.get(key);
    const at = this.now();
    const waitMs =
      old === undefined || old.spent
        ? 0
        : Math.min(old.issuedAt + challenge.cooldownMs - at, challenge.cooldownMs);
    if (waitMs > 0) return { opened: false, limit: "cooldown", retryAfterMs: waitMs };
    const mark = [BigInt(at) * 1_000n, challenge.above + 1n, (old?.mark ?? 0n) + 1n].reduce(larger);
    const { lifetimeMs, maxGuesses } = challenge;
    const times = { issuedAt: at, expiresAt: at + lifetimeMs, mark };
    const pending = { ...challenge, ...times, left: maxGuesses, spent: false };
    this.#pending.set(key, pending, lifetimeMs + MEMORY_AFTER_EXPIRY_MS);
    return { opened: true, issueTime: new Date(at) };
  }

  guess(userId: UserId, { purpose, macs, challengeId }: Guess): GuessOutcome {
    const pending = this.#pending.get(keyOf(userId, purpose));
    if (pending === undefined || (challengeId !== undefined && challengeId !== pending.id)) {
      return { outcome: "none" };
    }
    const matches = macs.includes(pending.mac);
    if (pending.spent) return { outcome: matches ? "replayed" : "none" };
    if (pending.expiresAt <= this.now()) return { outcome: "expired" };
    if (pending.left <= 0) return { outcome: "none" };
    pending.left -= 1;
    if (!matches) return { outcome: "wrong" };
    pending.spent = true;
    return { outcome: "matched", binding: pending.binding, mark: pending.mark };
  }

  end(userId: UserId, { id, purpose }: Pick<NewChallenge, "id" | "purpose">): void {
    const key = keyOf(userId, purpose);
    if (this.#pending.get(key)?.id === id) this.#pending.delete(key);
  }

  cancel(userId: UserId): void {
    this.#pending.delete(keyOf(userId, "enrol"));
    this.#pending.delete(keyOf(userId, "verify"));
  }
}

function keyOf(userId: UserId, purpose: ChallengePurpose): string {
  return `${purpose}:${userId}`;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
