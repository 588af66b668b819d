import { type ChallengePurpose, MEMORY_AFTER_EXPIRY_MS } from "../../domain/challenge.js";
import type { Guess, GuessOutcome } from "../../domain/ports/attempt-store.js";
import type { NewChallenge, Opening } from "../../domain/ports/challenge-store.js";
import { COOLDOWN_MEMORY_MS, pauseAfter } from "../../domain/send-limit.js";
import type { UserId } from "../../domain/user-id.js";
import { ExpiringMap } from "./expiring-map.js";

interface Pending extends NewChallenge {
  readonly expiresAt: number;
  readonly mark: bigint;
  left: number;
  spent: boolean;
}

/** Challenges opened since the last that was matched. */
interface Pace {
  readonly sends: number;
  readonly issuedAt: number;
}

/** Pending challenges, as the scripts GUESS and OPEN_CHALLENGE keep them in Redis. */
export class Challenges {
  readonly #pending: ExpiringMap<Pending>;
  readonly #paces: ExpiringMap<Pace>;

  constructor(private readonly now: () => number) {
    this.#pending = new ExpiringMap(now);
    this.#paces = new ExpiringMap(now);
  }

  open(userId: UserId, challenge: NewChallenge): Opening {
    const key = keyOf(userId, challenge.purpose);
    const old = this.#pending.get(key);
    const at = this.now();
    const paced = this.#paces.get(key) ?? { sends: 0, issuedAt: 0 };
    const pauseMs = paced.sends === 0 ? 0 : pauseAfter(paced.sends, challenge.cooldown);
    const waitMs = Math.min(paced.issuedAt + pauseMs - at, pauseMs);
    if (waitMs > 0) return { opened: false, limit: "cooldown", retryAfterMs: waitMs };
    const mark = [BigInt(at) * 1_000n, challenge.above + 1n, (old?.mark ?? 0n) + 1n].reduce(larger);
    const { lifetimeMs, maxGuesses } = challenge;
    const pending = { ...challenge, expiresAt: at + lifetimeMs, mark, left: maxGuesses, spent: false };
    this.#pending.set(key, pending, Math.max(lifetimeMs + MEMORY_AFTER_EXPIRY_MS, COOLDOWN_MEMORY_MS));
    const sends = paced.sends + 1;
    this.#paces.set(key, { sends, issuedAt: at }, COOLDOWN_MEMORY_MS);
    return { opened: true, issueTime: new Date(at), pauseMs: pauseAfter(sends, challenge.cooldown) };
  }

  guess(userId: UserId, { purpose, macs, challengeId }: Guess): GuessOutcome {
    const pending = this.#pending.get(keyOf(userId, purpose));
    if (pending === undefined || (challengeId !== undefined && challengeId !== pending.id)) {
      return { outcome: "none" };
    }
    const matches = macs.includes(pending.mac);
    if (pending.spent) return matches ? { outcome: "replayed", mark: pending.mark } : { outcome: "none" };
    if (pending.expiresAt <= this.now()) return { outcome: "expired" };
    if (pending.left <= 0) return { outcome: "none" };
    pending.left -= 1;
    if (!matches) return { outcome: "wrong" };
    pending.spent = true;
    this.#paces.delete(keyOf(userId, purpose));
    return { outcome: "matched", binding: pending.binding, mark: pending.mark };
  }

  end(userId: UserId, { id, purpose }: Pick<NewChallenge, "id" | "purpose">): void {
    const key = keyOf(userId, purpose);
    if (this.#pending.get(key)?.id !== id) return;
    this.#pending.delete(key);
    const sends = (this.#paces.get(key)?.sends ?? 1) - 1;
    this.#paces.set(key, { sends, issuedAt: 0 }, COOLDOWN_MEMORY_MS);
  }

  cancel(userId: UserId): void {
    for (const purpose of ["enrol", "verify"] as const) {
      this.#pending.delete(keyOf(userId, purpose));
      this.#paces.delete(keyOf(userId, purpose));
    }
  }
}

function keyOf(userId: UserId, purpose: ChallengePurpose): string {
  return `${purpose}:${userId}`;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
