import type { KeyRing, OpenFailure } from "@countersign/field-crypto";
import type { SealedColumn } from "../domain/crypto/secret-cipher.js";

/** Receives events about keys and sealed values, for metrics and alerts. Must not throw. */
export interface CryptoObserver {
  /** A sealed value could not be decrypted. Without tampering or a missing key this never happens. */
  valueRefused(reason: OpenFailure, column: SealedColumn): void;
  /** Backup codes use a pepper key that the ring does not have. */
  pepperMissing(): void;
  /** A key ring is in use: the first one, or one from a reload. */
  keyRingLoaded(ring: KeyRing): void;
  /** The key folder is invalid; the current key ring is kept. */
  keyRingRefused(problems: readonly string[]): void;
}

/** Notifies both, the first one first. */
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
