import type { SendRate } from "./send-limit.js";

/** One message's place under a limit. */
export interface TakenPlace {
  /** Must free the place of a message that was not sent. Called at most once. */
  giveBack(): Promise<void>;
}

export type TakeAnswer =
  | { readonly taken: TakenPlace }
  | { readonly taken: undefined; readonly retryAfterMs: number };

/**
 * Counts messages.
 *
 * `take` must decide and count in one atomic step: over all replicas no more than `max` places of one subject are taken in any `windowMs`. Windows of
 * more than a hundred places may be counted in slots of a hundredth of the window, each kept until the last moment of the slot has left the window.
 * Subjects may hold addresses: they must be stored as keyed MACs only. Every record must expire by itself after its window. Every method must throw
 * MfaError STORE_UNAVAILABLE on any fault; a place may then stay taken.
 */
export interface SendCounter {
  take(subject: readonly string[], rate: SendRate): Promise<TakeAnswer>;
}
