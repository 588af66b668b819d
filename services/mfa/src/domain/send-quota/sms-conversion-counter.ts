import type { TakenPlace } from "./send-counter.js";
import type { Completion, CompletionRule } from "./sms-conversion.js";

/** A rule as it holds for one subject. */
export interface CompletionTerms extends Omit<CompletionRule, "stops"> {
  /** Whether a low completion refuses. */
  readonly stop: boolean;
}

export type CompletionAnswer = Completion & { readonly low: boolean } & (
    | { readonly taken: TakenPlace }
    | { readonly taken: undefined; readonly retryAfterMs: number }
  );

/**
 * Counts codes that are sent and codes that are accepted.
 *
 * `take` must judge by `isLow` and count the message in one atomic step; where it refuses it must count nothing, and say when, with nothing
 * sent meanwhile, it may refuse no longer. Both counts may be kept in slots of a hundredth of the window, each until the last moment of the
 * slot has left the window. Subjects hold parts of numbers: they must be stored as keyed MACs only. Every record must vanish by itself after
 * its window. Every method must throw MfaError STORE_UNAVAILABLE on any fault; a place may then stay taken.
 */
export interface CompletionCounter {
  take(subject: readonly string[], terms: CompletionTerms): Promise<CompletionAnswer>;
  /** Must count an accepted code. */
  accept(subject: readonly string[], terms: Pick<CompletionTerms, "windowMs">): Promise<void>;
}
