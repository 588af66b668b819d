import {
  type ChallengePurpose,
  MAX_PENDING,
  MEMORY_AFTER_EXPIRY_MS,
} from "../../domain/challenge/challenge.js";
import type { NewChallenge, Opening } from "../../domain/challenge/challenge-store.js";
import { COOLDOWN_MEMORY_MS, pauseAfter } from "../../domain/send-quota/send-limit.js";
import type { UserId } from "../../domain/user-id.js";
import type { Guess, GuessOutcome } from "../../domain/verification/attempt-store.js";
import { ExpiringMap } from "./expiring-map.js";

interface Pending extends NewChallenge {
  readonly expiresAt: number;
  readonly replayCounter: bigint;
  left: number;
  spent: boolean;
}

/** Challenges opened since the last that was matched. */
interface Pace {
  readonly sends: number;
  readonly newest: string;
  readonly issuedAt: number;
  readonly replayCounter: bigint;
}

const NO_PACE: Pace = { sends: 0, newest: "", issuedAt: 0, replayCounter: 0n };
const RANKS = { none: 1, expired: 2, wrong: 3, replayed: 4, matched: 5 } as const;

/** Challenges, as the scripts GUESS and OPEN_CHALLENGE store them in Redis. */
export class Challenges {
  /** Of each purpose, oldest first. */
  readonly #challenges: ExpiringMap<readonly Pending[]>;
  readonly #paces: ExpiringMap<Pace>;

  constructor(private readonly now: () => number) {
    this.#challenges = new ExpiringMap(now);
    this.#paces = new ExpiringMap(now);
  }

  open(userId: UserId, challenge: NewChallenge): Opening {
    const { purpose, cooldown, lifetimeMs, maxGuesses: left } = challenge;
    const key = keyOf(userId, purpose);
    const at = this.now();
    const paced = this.#paces.get(key) ?? NO_PACE;
    const pauseMs = paced.sends === 0 ? 0 : pauseAfter(paced.sends, cooldown);
    const waitMs = Math.min(paced.issuedAt + pauseMs - at, pauseMs);
    if (waitMs > 0) return { opened: false, limit: "cooldown", retryAfterMs: waitMs };
    const replayCounter = [BigInt(at) * 1_000n, challenge.above + 1n, paced.replayCounter + 1n].reduce(
      larger,
    );
    const kept = this.#remembered(key);
    const pending = kept.filter(({ spent }) => !spent);
    const ended = new Set(pending.slice(0, Math.max(0, pending.length + 1 - MAX_PENDING[purpose])));
    const opened = { ...challenge, expiresAt: at + lifetimeMs, replayCounter, left, spent: false };
    this.#keep(key, [...kept.filter((each) => !ended.has(each)), opened], lifetimeMs);
    const sends = paced.sends + 1;
    this.#paces.set(key, { sends, newest: challenge.id, issuedAt: at, replayCounter }, COOLDOWN_MEMORY_MS);
    return { opened: true, issueTime: new Date(at), pauseMs: pauseAfter(sends, cooldown) };
  }

  /** The result of the guess, and its cost, to be applied when the attempt is charged. */
  compare(userId: UserId, guess: Guess): { readonly guessed: GuessOutcome; readonly take: () => void } {
    const key = keyOf(userId, guess.purpose);
    const own = (this.#challenges.get(key) ?? []).filter(({ method }) => guess.methods.includes(method));
    const compared: Pending[] = [];
    let guessed: GuessOutcome = { outcome: "none" };
    let met: Pending | undefined;
    for (const each of candidates(own, guess.challengeId)) {
      const found = this.#meet(each, guess.macs);
      if (found.outcome === "wrong") compared.push(each);
      if (RANKS[found.outcome] > RANKS[guessed.outcome]) [guessed, met] = [found, each];
    }
    const take = () => {
      if (guessed.outcome === "wrong") for (const each of compared) each.left -= 1;
      if (guessed.outcome === "matched" && met !== undefined) this.#spend(key, met);
    };
    return { guessed, take };
  }

  end(userId: UserId, { id, purpose }: Pick<NewChallenge, "id" | "purpose">): void {
    const key = keyOf(userId, purpose);
    const kept = this.#challenges.get(key) ?? [];
    if (!kept.some((each) => each.id === id)) return;
    const left = kept.filter((each) => each.id !== id);
    this.#keep(key, left, 0);
    const pace = this.#paces.get(key) ?? NO_PACE;
    const sends = pace.sends - 1;
    if (sends < 1) this.#paces.delete(key);
    else {
      const issuedAt = pace.newest === id ? 0 : pace.issuedAt;
      this.#paces.set(key, { ...pace, sends, issuedAt }, COOLDOWN_MEMORY_MS);
    }
  }

  cancel(userId: UserId): void {
    for (const purpose of ["enrol", "verify"] as const) {
      this.#challenges.delete(keyOf(userId, purpose));
      this.#paces.delete(keyOf(userId, purpose));
    }
  }

  #meet(challenge: Pending, macs: readonly string[]): GuessOutcome {
    const { mac, spent, expiresAt, left, replayCounter, binding } = challenge;
    const right = macs.includes(mac);
    if (spent) return right ? { outcome: "replayed", replayCounter } : { outcome: "none" };
    if (expiresAt <= this.now()) return { outcome: "expired" };
    if (left <= 0) return { outcome: "none" };
    return right ? { outcome: "matched", mac, binding, replayCounter } : { outcome: "wrong" };
  }

  /** Older ones of the factor can no longer be accepted. */
  #spend(key: string, met: Pending): void {
    met.spent = true;
    met.left -= 1;
    const kept = (this.#challenges.get(key) ?? []).filter(
      ({ factorId, replayCounter }) => factorId !== met.factorId || replayCounter >= met.replayCounter,
    );
    this.#keep(key, kept, 0);
    this.#paces.set(key, { ...(this.#paces.get(key) ?? NO_PACE), sends: 0 }, COOLDOWN_MEMORY_MS);
  }

  #remembered(key: string): readonly Pending[] {
    const at = this.now();
    return (this.#challenges.get(key) ?? []).filter(
      ({ expiresAt }) => expiresAt + MEMORY_AFTER_EXPIRY_MS > at,
    );
  }

  #keep(key: string, challenges: readonly Pending[], lifetimeMs: number): void {
    this.#challenges.set(key, challenges, Math.max(lifetimeMs + MEMORY_AFTER_EXPIRY_MS, COOLDOWN_MEMORY_MS));
  }
}

/** The one that is meant; else spent ones, to detect a replay, and the newest pending one of each factor. */
function candidates(own: readonly Pending[], meant: string | undefined): readonly Pending[] {
  if (meant !== undefined) return own.filter(({ id }) => id === meant);
  const newest = new Map(own.filter(({ spent }) => !spent).map((each) => [each.factorId, each]));
  return own.filter((each) => each.spent || newest.get(each.factorId) === each);
}

function keyOf(userId: UserId, purpose: ChallengePurpose): string {
  return `${purpose}:${userId}`;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
