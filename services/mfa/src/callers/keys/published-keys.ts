import { errors } from "jose";
import { MfaError } from "../../domain/errors.js";
import type { Watched } from "../../reload/watched.js";
import { KEY_SET_ALGORITHMS, type KeySet } from "./key-set.js";
import type { TokenKeys } from "./token-keys.js";

/** Least time between looks because of tokens with unknown keys, which anybody can send. */
const COOLDOWN_MS = 30_000;
const COOLDOWN_WITHOUT_KEYS_MS = 2_000;

/** In force until the first keys came. */
export const NO_KEYS: KeySet = { find: () => Promise.reject(keysUnavailable()) };

export interface PublishedKeysOptions {
  /** How long keys stay good after their source last answered: a key that was withdrawn must not live on behind an outage. */
  readonly maxStaleMs: number;
  readonly monotonicMs: () => number;
}

/** Keys that their issuer publishes and replaces. A token under an unknown key makes them be fetched again, now and then. */
export function publishedTokenKeys(keys: Watched<KeySet>, options: PublishedKeysOptions): TokenKeys {
  const { maxStaleMs, monotonicMs } = options;
  let lookedAt = monotonicMs();
  let looking: Promise<void> | undefined;

  const usable = () => keys.current() !== NO_KEYS && monotonicMs() - keys.confirmedAt() <= maxStaleMs;

  /** One look at a time, whoever asks; none while it cools down. */
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
