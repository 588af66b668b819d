import type { UserId } from "../user-id.js";

/** RPCs whose requests may be sent again. */
export const REPEATABLE_RPCS = ["SendVerificationCode", "VerifyCode"] as const;
export type RepeatableRpc = (typeof REPEATABLE_RPCS)[number];

/** A request by its id, and the one who works on it. All texts are opaque and without secrets. */
export interface ClaimedRequest {
  readonly rpc: RepeatableRpc;
  /** The record lies beside what else is kept of this user, so that one step can touch both. */
  readonly userId: UserId;
  /** Names caller, RPC and request id. */
  readonly key: string;
  /** What was asked. The same for a retry, another for any other request. */
  readonly body: string;
  /** Names this very claim. */
  readonly owner: string;
  /** How long nobody else may work on it: the time that the call has, and a little. */
  readonly leaseMs: number;
  /** How long a request without an answer is remembered, longer than the lease. */
  readonly rememberMs: number;
}

/** The request is not the claimer's to work on. */
export type RepeatedClaim =
  | { readonly state: "answered"; readonly answer: string }
  /** Somebody else works on it. */
  | { readonly state: "in-flight" }
  /** The id was used for another body. */
  | { readonly state: "reused" };

export type RequestClaim = { readonly state: "claimed" } | RepeatedClaim;

/**
 * Remembers requests that may be sent again.
 *
 * Of any number of concurrent calls of `claim` with one user and key exactly one must get `claimed`, until that one is released or its lease
 * has run out without an answer. `answer` and `release` must do nothing once the claim is another owner's. `release` must end the lease: a request
 * that was charged (`AttemptStore.chargeOnce`) must be remembered with its charge, and keep any other body from its key; any other must be forgotten,
 * and so must one that is to be forgotten in any case. Records must vanish by themselves. Every method must throw MfaError STORE_UNAVAILABLE on any
 * fault.
 */
export interface RequestLog {
  claim(request: ClaimedRequest): Promise<RequestClaim>;
  answer(request: ClaimedRequest, answer: string, keepMs: number): Promise<void>;
  release(request: ClaimedRequest, how: { readonly forget: boolean }): Promise<void>;
}
