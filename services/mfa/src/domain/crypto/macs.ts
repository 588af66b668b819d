/**
 * Keyed MACs over tuples of texts, as base64url.
 *
 * Different tuples must never give the same MAC. Two uses need different first parts, or one's MAC passes for the other's.
 */
export interface Macs {
  /** Under the key in force. */
  sign(parts: readonly string[]): string;
  /** Under every key that may still verify: while keys rotate there are several. */
  candidates(parts: readonly string[]): readonly string[];
  /** Must compare in constant time, whole, under every key that may still verify. */
  verify(parts: readonly string[], mac: string): boolean;
}
