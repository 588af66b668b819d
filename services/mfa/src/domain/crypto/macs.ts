/**
 * Keyed MACs over tuples of texts, as base64url.
 *
 * Different tuples must never give the same MAC. Two uses need different first parts, or a MAC of one would be valid for the other.
 */
export interface Macs {
  /** Under the active key. */
  sign(parts: readonly string[]): string;
  /** Under every key that may still verify; during a key rotation there are several. */
  candidates(parts: readonly string[]): readonly string[];
  /** Must compare the whole MAC in constant time, under every key that may still verify. */
  verify(parts: readonly string[], mac: string): boolean;
}
