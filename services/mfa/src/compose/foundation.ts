import type { KeyRing } from "@countersign/field-crypto";
import type { ServiceConfig } from "../config/service-config.js";
import { bothObservers, UNOBSERVED } from "../crypto/crypto-observer.js";
import { objectionsTo } from "../crypto/key-guard.js";
import { openKeyRing } from "../crypto/key-ring.js";
import { createNoticeQueue } from "../jobs/notice-queue.js";
import type { Closer, Owner } from "./closer.js";
import type { Overrides } from "./overrides.js";
import { openSecurity } from "./security.js";
import { openSenders } from "./senders.js";
import { followStoreAccess } from "./store-access.js";
import { openStores } from "./stores/open-stores.js";
import { openTelemetry, type Telemetry } from "./telemetry.js";
import { useCaseDeps } from "./use-case-deps.js";

/** The common basis of all services. */
export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** Opens keys, stores, senders and the security policy, in order of dependency: the closer closes them in reverse. */
export async function openFoundation(config: ServiceConfig, overrides: Overrides, owner: Owner) {
  const { closer } = owner;
  const telemetry = await openTelemetry(config, overrides, owner);
  const { metrics, tracer, background, reloads, log } = telemetry;
  const { keys, stores, cryptoObserver } = await openKeysAndStores(config, overrides, { telemetry, closer });
  const senders = closer.own(openSenders(config.delivery, { log, tracer, count: metrics.onDelivery }));
  const notices = closer.own(createNoticeQueue({ log, onDropped: metrics.onNoticeDropped }));
  const policy = () => security.mfa();
  const deps = useCaseDeps(
    { ...telemetry, config, stores, senders, notices, ring: keys.current, policy },
    { ...overrides, cryptoObserver },
  );
  const storeAccess = await followStoreAccess(config, { closer, reloads, apply: stores.renewAccess });
  const { countries, security } = await openSecurity(config, { deps, keys, background, reloads, closer });
  return { ...telemetry, keys, stores, storeAccess, senders, notices, deps, countries, security };
}

async function openKeysAndStores(
  config: ServiceConfig,
  overrides: Overrides,
  { telemetry, closer }: { readonly telemetry: Telemetry; readonly closer: Closer },
) {
  const { metrics, log, tracer } = telemetry;
  const cryptoObserver = bothObservers(metrics.crypto, overrides.cryptoObserver ?? UNOBSERVED);
  // A ring that is read anew is judged by the database that was opened with the first one.
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
    }),
  );
  return { keys, stores, cryptoObserver };
}
