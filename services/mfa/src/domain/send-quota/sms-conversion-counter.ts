import type { TakenPlace } from "./send-counter.js";
import type { Conversion, ConversionRule } from "./sms-conversion.js";

/** A rule applied to one subject. */
export interface ConversionTerms extends Omit<ConversionRule, "stops"> {
  /** Whether a low conversion rate refuses sends. */
  readonly stop: boolean;
}

export type ConversionAnswer = Conversion & { readonly low: boolean } & (
    | { readonly taken: TakenPlace }
    | { readonly taken: undefined; readonly retryAfterMs: number }
  );

/**
 * Counts codes that are sent and codes that are accepted.
 *
 * `take` must judge by `isLow` and count the message in one atomic step; if it refuses, it must count nothing and return when it may allow sends
 * again if nothing is sent meanwhile. Both counts may be kept in slots of a hundredth of the window, each until the last moment of the slot has left
 * the window. Subjects hold parts of numbers: they must be stored as keyed MACs only. Every record must expire by itself after its window. Every
 * method must throw MfaError STORE_UNAVAILABLE on any fault; a place may then stay taken.
 */
export interface SmsConversionCounter {
  take(subject: readonly string[], terms: ConversionTerms): Promise<ConversionAnswer>;
  /** Must count an accepted code. */
  accept(subject: readonly string[], terms: Pick<ConversionTerms, "windowMs">): Promise<void>;
}
