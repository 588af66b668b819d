import type { ServiceConfig } from "../config/service-config.js";
import { createNoticeQueue } from "../jobs/notice-queue.js";
import type { Owner } from "./closer.js";
import { openKeysAndStores } from "./keys-and-stores.js";
import type { Overrides } from "./overrides.js";
import { openSecurity } from "./security.js";
import { openSenders } from "./senders.js";
import { followStoreAccess } from "./store-access.js";
import { storeObserver } from "./store-observer.js";
import { openTelemetry } from "./telemetry.js";
import { loadTestKit } from "./test-kit.js";
import { useCaseDeps } from "./use-case-deps.js";

/** The common basis of all services. */
export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** Opens keys, stores, senders and the security policy, in order of dependency: the closer closes them in reverse. */
export async function openFoundation(config: ServiceConfig, overrides: Overrides, owner: Owner) {
  const { closer } = owner;
  const telemetry = await openTelemetry(config, overrides, owner);
  const { metrics, tracer, background, reloads, log } = telemetry;
  const testKit = await loadTestKit(config, log);
  const opened = await openKeysAndStores(config, overrides, { telemetry, testKit, closer });
  const { keys, userRef, stores, cryptoObserver } = opened;
  const observer = storeObserver(telemetry, userRef);
  const senders = closer.own(openSenders(config.delivery, { log, tracer, count: metrics.onDelivery }));
  const notices = closer.own(createNoticeQueue({ log, onDropped: metrics.onNoticeDropped }));
  const policy = () => security.mfa();
  // Real time, even if a test kit moves the clock of `deps`: the tokens of callers are made elsewhere.
  const hostNow = overrides.now ?? (() => new Date());
  const bound = useCaseDeps(
    { ...telemetry, observer, userRef, config, stores, senders, notices, ring: keys.current, policy },
    { ...overrides, cryptoObserver, now: testKit?.now ?? hostNow },
  );
  const deps = testKit?.withTestUsers(bound) ?? bound;
  const storeAccess = await followStoreAccess(config, { closer, reloads, apply: stores.renewAccess });
  const { countries, security } = await openSecurity(config, { deps, keys, background, reloads, closer });
  return {
    ...telemetry,
    testKit,
    hostNow,
    keys,
    userRef,
    stores,
    storeAccess,
    senders,
    notices,
    deps,
    countries,
    security,
  };
}
