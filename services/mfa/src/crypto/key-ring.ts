import { type KeyRing, keyRingFromMasterKey, selfTest, watchKeyRingFolder } from "@countersign/field-crypto";
import type { Log } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../config/service-config.js";
import type { CryptoObserver } from "./crypto-observer.js";
import { developmentKey } from "./development-key.js";

/** The current keys, and the watch of their source. */
export interface OwnedKeyRing extends AsyncDisposable {
  /** Needs no `this`, so that it can be handed over as a KeyRingSource. */
  readonly current: () => KeyRing;
  /** Rereads the key folder now. An invalid folder leaves the current ring in use. */
  readonly reload: () => Promise<void>;
}

type KeySource = Pick<ServiceConfig, "keyRingDir" | "encryptionKey" | "keyReloadIntervalMs" | "dataDir">;

/** Loads the keys from the folder, the one key or the development key, in this order. Throws KeyRingError with every problem. */
export async function openKeyRing(
  config: KeySource,
  {
    log,
    observer,
    judge,
  }: {
    readonly log: Log;
    readonly observer: CryptoObserver;
    /** Why a ring must not replace the current one. Must not reject. */
    readonly judge?: (ring: KeyRing) => Promise<readonly string[]>;
  },
): Promise<OwnedKeyRing> {
  const announce = (ring: KeyRing, message: string): void => {
    log.info(
      { active_key: ring.keys[0]?.id, keys: ring.keys.map(({ id, state }) => `${id}:${state}`) },
      message,
    );
    observer.keyRingLoaded(ring);
  };
  const keys =
    config.keyRingDir === undefined
      ? fixed(keyRingFromMasterKey(config.encryptionKey ?? (await developmentKey(config.dataDir))))
      : await watchKeyRingFolder(config.keyRingDir, {
          intervalMs: config.keyReloadIntervalMs,
          ...(judge && { judge }),
          onReload: (ring) => announce(ring, "key ring reloaded"),
          onProblem: ({ problems }) => {
            log.error({ problems }, "key folder is invalid; keeping the current key ring");
            observer.keyRingRefused(problems);
          },
          onMended: () => log.info({}, "key folder is valid again"),
        });
  announce(keys.current(), "key ring loaded");
  return keys;
}

function fixed(ring: KeyRing): OwnedKeyRing {
  selfTest(ring);
  return {
    current: () => ring,
    reload: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
