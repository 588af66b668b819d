import type { KeyRing } from "@countersign/field-crypto";
import type { Log } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../config/service-config.js";
import { bothObservers, UNOBSERVED } from "../crypto/crypto-observer.js";
import { objectionsTo } from "../crypto/key-guard.js";
import { openKeyRing } from "../crypto/key-ring.js";
import { openCountryDatabase } from "../geoip/open-country-database.js";
import { createBackground } from "../jobs/background.js";
import { createNoticeQueue } from "../jobs/notice-queue.js";
import { auditReloads } from "../policy/audit-reloads.js";
import { openSecurityPolicy } from "../policy/security-policy.js";
import { RELOAD_INTERVAL_MS, type Reloads } from "../reload/reloads.js";
import { smsConversionAlarm } from "../telemetry/log/sms-conversion-alarm.js";
import { tracedLog } from "../telemetry/log/traced-log.js";
import type { Closer } from "./closer.js";
import { createMetrics } from "./metrics.js";
import type { Overrides } from "./overrides.js";
import { openSenders } from "./senders.js";
import { followStoreAccess } from "./store-access.js";
import { openStores } from "./stores.js";
import { loadTestKit } from "./test-kit.js";
import { openTracing } from "./tracing.js";
import { useCaseDeps } from "./use-case-deps.js";

/** Owns what is opened, and writes the log. */
export interface Owner {
  readonly closer: Closer;
  readonly log: Log;
}

/** What all services stand on. */
export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** Opens keys, stores, senders and the security policy, in the order of need: the closer closes them in reverse. */
export async function openFoundation(config: ServiceConfig, overrides: Overrides, owner: Owner) {
  const { closer } = owner;
  const metrics = createMetrics(config.delivery);
  // First, so that what the others do at their end is exported too.
  const tracer = await openTracing(config.tracing, { ...owner, spans: metrics.spans });
  const log = tracer === undefined ? owner.log : tracedLog(owner.log, tracer);
  const background = closer.own(createBackground(log));
  const testKit = await loadTestKit(config, log);
  const hostNow = overrides.now ?? (() => new Date());
  const observer = bothObservers(metrics.crypto, overrides.cryptoObserver ?? UNOBSERVED);
  const judge = (ring: KeyRing): Promise<readonly string[]> => objectionsTo(ring, () => stores.ungated);
  const keys = closer.own(await openKeyRing(config, { log, observer, judge }));
  const { onRedisCommand, onRedisReconnect, onEvent, onFailingUser } = metrics;
  const onLowCompletion = smsConversionAlarm({ log, count: metrics.onLowCompletion, clock: Date.now });
  const stores = closer.own(
    await openStores(config, {
      ring: keys.current,
      log,
      onRedisCommand,
      onRedisReconnect,
      tracer,
      hostClock: overrides.hostClock ?? Date.now,
      embeddedClock: testKit?.nowMs ?? Date.now,
    }),
  );
  const senders = closer.own(openSenders(config.delivery, { log, tracer, count: metrics.onDelivery }));
  const notices = closer.own(createNoticeQueue({ log, onDropped: metrics.onNoticeDropped }));
  const policy = () => security.mfa();
  const bound = useCaseDeps(
    {
      config,
      stores,
      senders,
      ring: keys.current,
      policy,
      background,
      notices,
      log,
      onEvent,
      onFailingUser,
      onLowCompletion,
      tracer,
    },
    {
      ...overrides,
      cryptoObserver: observer,
      now: testKit === undefined ? hostNow : () => new Date(testKit.nowMs()),
    },
  );
  const deps = testKit?.withTestUsers(bound) ?? bound;
  const reloads = observedReloads(overrides, { log, onReload: metrics.onReload });
  const { rereadStores } = config;
  const storeAccess =
    config.stores === undefined || rereadStores === undefined
      ? undefined
      : closer.own(
          await followStoreAccess(config.stores, rereadStores, {
            reloads,
            apply: (next) => stores.renewAccess(next),
          }),
        );
  const countries = closer.own(await openCountryDatabase(config.geoipDatabase, reloads));
  const security = closer.own(
    await openSecurityPolicy(config.security, {
      reloads,
      now: deps.now,
      countryOf: config.geoipDatabase === undefined ? undefined : (address) => countries.current()(address),
      activeKeyCreateTime: () => keys.current().keys[0]?.createTime,
      onReload: auditReloads({ ...deps, background }),
    }),
  );
  return {
    testKit,
    /** Real time where a test kit moves that of `deps`: tokens and certificates come from elsewhere. */
    hostNow,
    tracer,
    background,
    metrics,
    keys,
    stores,
    storeAccess,
    senders,
    notices,
    deps,
    reloads,
    countries,
    security,
  };
}

function observedReloads(
  overrides: Overrides,
  parts: { readonly log: Log; readonly onReload: Reloads["observe"] },
): Reloads {
  return {
    log: parts.log,
    observe: (source, outcome) => {
      parts.onReload(source, outcome);
      overrides.onReload?.(source, outcome);
    },
    intervalMs: overrides.reloadIntervalMs ?? RELOAD_INTERVAL_MS,
  };
}
