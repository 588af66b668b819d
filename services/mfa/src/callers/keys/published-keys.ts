import { errors } from "jose";
import { MfaError } from "../../domain/errors.js";
import type { Watched } from "../../reload/watched.js";
import { KEY_SET_ALGORITHMS, type KeySet } from "./key-set.js";
import type { TokenKeys } from "./token-keys.js";

/** Least time between fetches caused by tokens with unknown keys, which anyone can send. */
const COOLDOWN_MS = 30_000;
const COOLDOWN_WITHOUT_KEYS_MS = 2_000;

/** Used until the first keys have been fetched. */
export const NO_KEYS: KeySet = { find: () => Promise.reject(keysUnavailable()) };

export interface PublishedKeysOptions {
  /** How long keys stay valid after their source last answered: an outage must not prolong a revoked key. */
  readonly maxStaleMs: number;
  readonly monotonicMs: () => number;
}

/** Keys that their issuer publishes and rotates. A token under an unknown key causes a new fetch, at a limited rate. */
export function publishedTokenKeys(keys: Watched<KeySet>, options: PublishedKeysOptions): TokenKeys {
  const { maxStaleMs, monotonicMs } = options;
  let lookedAt = monotonicMs();
  let looking: Promise<void> | undefined;

  const usable = () => keys.current() !== NO_KEYS && monotonicMs() - keys.confirmedAt() <= maxStaleMs;

  /** One fetch at a time, and none during the cooldown. */
  async function look(): Promise<void> {
    if (looking === undefined) {
      if (monotonicMs() - lookedAt < (usable() ? COOLDOWN_MS : COOLDOWN_WITHOUT_KEYS_MS)) return;
      lookedAt = monotonicMs();
      looking = keys.reload().finally(() => {
        looking = undefined;
      });
    }
    await looking;
  }

  return {
    algorithms: KEY_SET_ALGORITHMS,
    version: () => keys.current(),
    async find(header, token) {
      if (!usable()) await look();
      if (!usable()) throw keysUnavailable();
      const tried = keys.current();
      try {
        return await tried.find(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) await look();
        if (keys.current() === tried) throw error;
        return keys.current().find(header, token);
      }
    },
  };
}

function keysUnavailable(): MfaError {
  return new MfaError("STORE_UNAVAILABLE", "the keys of callers' tokens are unavailable, try again", {
    retryAfterMs: COOLDOWN_WITHOUT_KEYS_MS,
    metadata: { store: "caller_keys" },
  });
}
