import type { UserId } from "../user-id.js";

/** RPCs whose requests may be sent again. */
export const REPEATABLE_RPCS = ["SendVerificationCode", "VerifyCode"] as const;
export type RepeatableRpc = (typeof REPEATABLE_RPCS)[number];

/** A request by its id, and the claim on it. All texts are opaque and contain no secrets. */
export interface ClaimedRequest {
  readonly rpc: RepeatableRpc;
  /** The record is stored with the user's other records, so that one step can change both. */
  readonly userId: UserId;
  /** Names caller, RPC and request id. */
  readonly key: string;
  /** The body. The same for a retry, different for any other request. */
  readonly body: string;
  /** Identifies this claim. */
  readonly owner: string;
  /** How long the claim excludes others: the time that the call has, and a little more. */
  readonly leaseMs: number;
  /** How long a request without an answer is remembered, longer than the lease. */
  readonly rememberMs: number;
}

/** The claimer must not process the request. */
export type RepeatedClaim =
  | { readonly state: "answered"; readonly answer: string }
  /** Another claim is being processed. */
  | { readonly state: "in-flight" }
  /** The id was used for another body. */
  | { readonly state: "reused" };

export type RequestClaim = { readonly state: "claimed" } | RepeatedClaim;

/**
 * Stores requests that may be sent again.
 *
 * Of any number of concurrent calls of `claim` with one user and key exactly one must get `claimed`, until that one is released or its lease has
 * expired without an answer. `answer` and `release` must do nothing once another owner has the claim. `release` must end the lease: a request that
 * was charged (`AttemptStore.chargeOnce`) must be kept with its charge, and refuse any other body under its key; any other must be forgotten, and so
 * must every request released with `forget`. Records must expire by themselves. Every method must throw MfaError STORE_UNAVAILABLE on any fault.
 */
export interface RequestLog {
  claim(request: ClaimedRequest): Promise<RequestClaim>;
  answer(request: ClaimedRequest, answer: string, keepMs: number): Promise<void>;
  release(request: ClaimedRequest, how: { readonly forget: boolean }): Promise<void>;
}
