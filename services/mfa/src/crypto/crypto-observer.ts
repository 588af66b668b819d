import type { KeyRing, OpenFailure } from "@countersign/field-crypto";
import type { SealedColumn } from "../domain/crypto/secret-cipher.js";

/** Hears what metrics and alerts need to know about keys and sealed values. Must not throw. */
export interface CryptoObserver {
  /** A sealed value did not open. In a database that nobody tampered with, and with every key in place, this never happens. */
  valueRefused(reason: OpenFailure, column: SealedColumn): void;
  /** Backup codes use a pepper key that the ring does not have. */
  pepperMissing(): void;
  /** A ring is in force: the first one, or one that a reload brought. */
  keyRingLoaded(ring: KeyRing): void;
  /** The key folder is invalid; the current key ring is kept. */
  keyRingRefused(problems: readonly string[]): void;
}

/** Tells both, the first one first. */
export function bothObservers(first: CryptoObserver, second: CryptoObserver): CryptoObserver {
  return {
    valueRefused(reason, column) {
      first.valueRefused(reason, column);
      second.valueRefused(reason, column);
    },
    pepperMissing() {
      first.pepperMissing();
      second.pepperMissing();
    },
    keyRingLoaded(ring) {
      first.keyRingLoaded(ring);
      second.keyRingLoaded(ring);
    },
    keyRingRefused(problems) {
      first.keyRingRefused(problems);
      second.keyRingRefused(problems);
    },
  };
}

export const UNOBSERVED: CryptoObserver = {
  valueRefused: () => undefined,
  pepperMissing: () => undefined,
  keyRingLoaded: () => undefined,
  keyRingRefused: () => undefined,
};
