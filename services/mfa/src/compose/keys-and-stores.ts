import type { KeyRing } from "@countersign/field-crypto";
import type { ServiceConfig } from "../config/service-config.js";
import { bothObservers, UNOBSERVED } from "../crypto/crypto-observer.js";
import { objectionsTo } from "../crypto/key-guard.js";
import { openKeyRing } from "../crypto/key-ring.js";
import { userRefMaker } from "../crypto/keyed-ports.js";
import type { TestKit } from "../test-kit/open-test-kit.js";
import type { Closer } from "./closer.js";
import type { Overrides } from "./overrides.js";
import { openStores } from "./stores/open-stores.js";
import type { Telemetry } from "./telemetry.js";

/** Opens the keys, and the stores whose values they seal. */
export async function openKeysAndStores(
  config: ServiceConfig,
  overrides: Overrides,
  parts: {
    readonly telemetry: Telemetry;
    readonly testKit: TestKit | undefined;
    readonly closer: Closer;
  },
) {
  const { testKit, closer } = parts;
  const { metrics, log, tracer } = parts.telemetry;
  const cryptoObserver = bothObservers(metrics.crypto, overrides.cryptoObserver ?? UNOBSERVED);
  // A reloaded ring is checked against the database that was opened with the first one.
  const judge = (ring: KeyRing): Promise<readonly string[]> => objectionsTo(ring, () => stores.ungated);
  const keys = closer.own(await openKeyRing(config, { log, observer: cryptoObserver, judge }));
  const stores = closer.own(
    await openStores(config, {
      ring: keys.current,
      log,
      onRedisCommand: metrics.onRedisCommand,
      onRedisReconnect: metrics.onRedisReconnect,
      tracer,
      hostClock: overrides.hostClock ?? Date.now,
      embeddedClock: testKit?.nowMs ?? Date.now,
    }),
  );
  return { keys, userRef: userRefMaker(keys.current), stores, cryptoObserver };
}
