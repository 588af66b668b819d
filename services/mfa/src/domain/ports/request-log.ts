/** RPCs whose requests may be sent again. */
export const REPEATABLE_RPCS = ["SendVerificationCode", "VerifyCode"] as const;
export type RepeatableRpc = (typeof REPEATABLE_RPCS)[number];

/** A request by its id, and the one who works on it. All are opaque texts without secrets. */
export interface ClaimedRequest {
  readonly rpc: RepeatableRpc;
  /** Names caller, RPC and request id. */
  readonly key: string;
  /** What was asked. The same for a retry, another for any other request. */
  readonly body: string;
  /** Names this very claim. */
  readonly owner: string;
}

export type RequestClaim =
  /** `left`: what an earlier claim of the same request left behind. */
  | { readonly state: "claimed"; readonly left: string | undefined }
  | { readonly state: "answered"; readonly answer: string }
  | { readonly state: "in-flight" }
  /** The id was used for another body. */
  | { readonly state: "reused" };

/**
 * Remembers requests that may be sent again.
 *
 * Of any number of concurrent calls of `claim` with one key exactly one must get `claimed`, until that one is released or `keepMs` has passed
 * without an answer. `answer` and `release` must do nothing once the claim is another owner's. What `release` leaves must be handed to whoever
 * claims the same request next, and keep any other body from its key. Records must vanish by themselves after `keepMs`. Every method must
 * throw MfaError STORE_UNAVAILABLE on any fault.
 */
export interface RequestLog {
  claim(request: ClaimedRequest, keepMs: number): Promise<RequestClaim>;
  answer(request: ClaimedRequest, answer: string, keepMs: number): Promise<void>;
  release(request: ClaimedRequest, left?: { readonly text: string; readonly keepMs: number }): Promise<void>;
}
