import type { ChallengeStore } from "../../domain/challenge/challenge-store.js";
import type { AttemptLimits } from "../../domain/throttle/lockout-policy.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type {
  AttemptStore,
  ChargedGuess,
  ChargedOnce,
  Guess,
} from "../../domain/verification/attempt-store.js";
import type { ClaimedRequest, RequestLog } from "../../domain/verification/request-log.js";
import { Challenges } from "./challenges.js";
import { Requests, requestLogOf } from "./requests.js";
import { ThrottleScopes } from "./throttle-scopes.js";

/** The state of all users in this process: one thread of script is as atomic as Redis. */
export function createMemoryAttemptStores(now: () => number): {
  readonly attempts: AttemptStore;
  readonly challenges: ChallengeStore;
  readonly requests: RequestLog;
} {
  const requests = new Requests(now);
  const parts = { scopes: new ThrottleScopes(now), pending: new Challenges(now), requests };
  return { attempts: attemptsOf(parts), challenges: challengesOf(parts), requests: requestLogOf(requests) };
}

interface Parts {
  readonly scopes: ThrottleScopes;
  readonly pending: Challenges;
  readonly requests: Requests;
}

function attemptsOf(parts: Parts): AttemptStore {
  const { scopes, requests } = parts;
  return {
    charge: (userId, scope, limits) => Promise.resolve(scopes.charge(userId, scope, limits)),
    guess: (userId, scope, input) => Promise.resolve(guess(parts, { userId, scope, ...input })),
    chargeOnce: (request, scope, input) => Promise.resolve(chargeOnce(parts, request, { scope, ...input })),
    refund: (userId, scope, refund) => {
      const left = scopes.refund(userId, scope, refund);
      if (left !== undefined && refund.request !== undefined)
        requests.forgetCharge(refund.request, refund.chargeId);
      return Promise.resolve(left);
    },
    resetAttempts: (userId, scope) => {
      scopes.resetAttempts(userId, scope);
      return Promise.resolve();
    },
    clear: (userId) => {
      scopes.clear(userId);
      return Promise.resolve();
    },
    lockRemainingMs: (userId, scope) => Promise.resolve(scopes.lockRemainingMs(userId, scope)),
  };
}

function challengesOf({ scopes, pending }: Parts): ChallengeStore {
  return {
    open: (userId, challenge) => {
      const lockMs = scopes.lockRemainingMs(userId, challenge.scope);
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
  readonly scope: ThrottleScope;
  readonly limits: AttemptLimits;
  readonly guess: Guess;
}

function guess({ scopes, pending }: Parts, { userId, scope, limits, guess: meant }: Attempt): ChargedGuess {
  const locked = scopes.lockRemainingMs(userId, scope) !== undefined;
  const { guessed, take } = pending.compare(userId, meant);
  if (!locked && meant.sentOnly && (guessed.outcome === "none" || guessed.outcome === "expired"))
    return { charge: scopes.uncharged(userId, scope, limits), guessed };
  const charge = scopes.charge(userId, scope, limits);
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
  const { scope, limits } = input;
  const { userId } = request;
  const charged =
    input.guess === undefined
      ? { charge: parts.scopes.charge(userId, scope, limits), guessed: { outcome: "none" } as const }
      : guess(parts, { userId, scope, limits, guess: input.guess });
  if (charged.charge.admitted && charged.charge.id !== "") parts.requests.remember(request, charged);
  return { state: "charged", ...charged };
}
