import type { BearerConfig } from "../../config/callers/caller-config.js";
import { readSourceFile } from "../../config/read-source-file.js";
import { type Reloads, reporting } from "../../reload/reloads.js";
import { watch } from "../../reload/watched.js";
import { fetchKeySet } from "./fetch-key-set.js";
import { parseKeySet } from "./key-set.js";
import { NO_KEYS, publishedTokenKeys } from "./published-keys.js";
import { secretTokenKeys, type TokenKeys } from "./token-keys.js";

const KEY_SET_INTERVAL_MS = 300_000;
const MAX_STALE_MS = 3_600_000;
const monotonicMs = () => performance.now();

export interface OpenTokenKeys extends AsyncDisposable {
  readonly keys: TokenKeys;
  readonly reload: () => Promise<void>;
}

/** The keys that the configuration names. A file must be valid at the start; an address may answer later. */
export async function openTokenKeys(config: BearerConfig["keys"], reloads: Reloads): Promise<OpenTokenKeys> {
  switch (config.kind) {
    case "secret":
      return {
        keys: secretTokenKeys(config.secret.reveal(), config.algorithm),
        reload: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    case "jwks-file": {
      const watched = await watch({
        read: () => readSourceFile("CALLER_JWKS_FILE", config.path),
        parse: (text) => parseKeySet(text, "CALLER_JWKS_FILE"),
        intervalMs: reloads.intervalMs,
        ...reporting("caller_keys", reloads),
      });
      return {
        ...watched,
        keys: publishedTokenKeys(watched, { maxStaleMs: Number.POSITIVE_INFINITY, monotonicMs }),
      };
    }
    case "jwks-url": {
      const watched = await watch({
        read: () => fetchKeySet(config.url),
        parse: (text) => parseKeySet(text, "CALLER_JWKS_URL"),
        intervalMs: KEY_SET_INTERVAL_MS,
        initial: NO_KEYS,
        ...reporting("caller_keys", reloads),
      });
      return { ...watched, keys: publishedTokenKeys(watched, { maxStaleMs: MAX_STALE_MS, monotonicMs }) };
    }
  }
}
