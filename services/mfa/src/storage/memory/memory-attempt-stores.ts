import type { ChallengeStore } from "../../domain/challenge/challenge-store.js";
import type { ClaimedRequest, RequestLog } from "../../domain/idempotency/request-log.js";
import type { AttemptLimits } from "../../domain/throttle/lockout-policy.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type {
  AttemptStore,
  ChargedGuess,
  ChargedOnce,
  Guess,
} from "../../domain/verification/attempt-store.js";
import { Challenges } from "./challenges.js";
import { Requests, requestLogOf } from "./requests.js";
import { ThrottleScopes } from "./throttle-scopes.js";

/** What one user's calls share: one process, so that one thread of script is as atomic as Redis. */
export function createMemoryAttemptStores(now: () => number): {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly requests: RequestLog;
} {
  const requests = new Requests(now);
  const parts = { lanes: new ThrottleScopes(now), pending: new Challenges(now), requests };
  return { attempts: attemptsOf(parts), challenges: challengesOf(parts), requests: requestLogOf(requests) };
}

interface Parts {
  readonly lanes: ThrottleScopes;
  readonly pending: Challenges;
  readonly requests: Requests;
}

function attemptsOf(parts: Parts): AttemptStore {
  const { lanes, requests } = parts;
  return {
    charge: (userId, lane, limits) => Promise.resolve(lanes.charge(userId, lane, limits)),
    guess: (userId, lane, input) => Promise.resolve(guess(parts, { userId, lane, ...input })),
    chargeOnce: (request, lane, input) => Promise.resolve(chargeOnce(parts, request, { lane, ...input })),
    refund: (userId, lane, refund) => {
      const left = lanes.refund(userId, lane, refund);
      if (left !== undefined && refund.request !== undefined)
        requests.forgetCharge(refund.request, refund.chargeId);
      return Promise.resolve(left);
    },
    resetAttempts: (userId, lane) => {
      lanes.resetAttempts(userId, lane);
      return Promise.resolve();
    },
    clear: (userId) => {
      lanes.clear(userId);
      return Promise.resolve();
    },
    lockRemainingMs: (userId, lane) => Promise.resolve(lanes.lockRemainingMs(userId, lane)),
  };
}

function challengesOf({ lanes, pending }: Parts): ChallengeStore {
  return {
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
  };
}

interface Attempt {
  readonly userId: UserId;
  readonly lane: ThrottleScope;
  readonly limits: AttemptLimits;
  readonly guess: Guess;
}

function guess({ lanes, pending }: Parts, { userId, lane, limits, guess: meant }: Attempt): ChargedGuess {
  const locked = lanes.lockRemainingMs(userId, lane) !== undefined;
  const { guessed, take } = pending.compare(userId, meant);
  if (!locked && meant.sentOnly && (guessed.outcome === "none" || guessed.outcome === "expired"))
    return { charge: lanes.uncharged(userId, lane, limits), guessed };
  const charge = lanes.charge(userId, lane, limits);
  if (charge.admitted) take();
  return { charge, guessed: charge.admitted ? guessed : { outcome: "none" } };
}

function chargeOnce(
  parts: Parts,
  request: ClaimedRequest,
  input: Omit<Attempt, "userId" | "guess"> & { readonly guess: Guess | undefined },
): ChargedOnce {
  const claim = parts.requests.claim(request);
  if (claim.state !== "claimed") return claim;
  if (claim.charged !== undefined) return { state: "charged", ...claim.charged };
  const { lane, limits } = input;
  const { userId } = request;
  const charged =
    input.guess === undefined
      ? { charge: parts.lanes.charge(userId, lane, limits), guessed: { outcome: "none" } as const }
      : guess(parts, { userId, lane, limits, guess: input.guess });
  if (charged.charge.admitted && charged.charge.id !== "") parts.requests.remember(request, charged);
  return { state: "charged", ...charged };
}
