import type { AttemptStore } from "../../domain/ports/attempt-store.js";
import type { ChallengeStore } from "../../domain/ports/challenge-store.js";
import { Challenges } from "./challenges.js";
import { Lanes } from "./lanes.js";

/** Attempts and challenges in this process, for the embedded default: one process, so one thread of script is as atomic as Redis. */
export function createMemoryGuessStores(now: () => number): {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
} {
  const lanes = new Lanes(now);
  const pending = new Challenges(now);
  return {
    attempts: {
      charge: (userId, lane, limits) => Promise.resolve(lanes.charge(userId, lane, limits)),
      guess: (userId, lane, { limits, guess }) => {
        const locked = lanes.lockRemainingMs(userId, lane) !== undefined;
        const { guessed, take } = pending.compare(userId, guess);
        if (!locked && guess.sentOnly && (guessed.outcome === "none" || guessed.outcome === "expired")) {
          return Promise.resolve({ charge: lanes.uncharged(userId, lane, limits), guessed });
        }
        const charge = lanes.charge(userId, lane, limits);
        if (charge.admitted) take();
        return Promise.resolve({ charge, guessed: charge.admitted ? guessed : { outcome: "none" } });
      },
      refund: (userId, lane, refund) => Promise.resolve(lanes.refund(userId, lane, refund)),
      forgive: (userId, lane) => {
        lanes.forgive(userId, lane);
        return Promise.resolve();
      },
      clear: (userId) => {
        lanes.clear(userId);
        return Promise.resolve();
      },
      lockRemainingMs: (userId, lane) => Promise.resolve(lanes.lockRemainingMs(userId, lane)),
    },
    challenges: {
      open: (userId, challenge) => {
        const lockMs = lanes.lockRemainingMs(userId, challenge.lane);
        return Promise.resolve(
          lockMs === undefined
            ? pending.open(userId, challenge)
            : { opened: false, limit: "locked", retryAfterMs: lockMs },
        );
      },
      end: (userId, challenge) => {
        pending.end(userId, challenge);
        return Promise.resolve();
      },
      cancel: (userId) => {
        pending.cancel(userId);
        return Promise.resolve();
      },
    },
  };
}
