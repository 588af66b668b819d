import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createMac } from "@countersign/field-crypto";
import type { Log } from "@countersign/telemetry-ports";
import { openAdmin } from "./compose/admin.js";
import { openCalls } from "./compose/calls.js";
import { Closer } from "./compose/closer.js";
import { openFoundation } from "./compose/foundation.js";
import { openListener } from "./compose/listener.js";
import type { Overrides } from "./compose/overrides.js";
import { createServices } from "./compose/services.js";
import type { ServiceConfig } from "./config/service-config.js";
import { createKeyGuard } from "./crypto/key-guard.js";
import { startClockGuard } from "./readiness/clock-guard.js";
import { watchFitness } from "./readiness/fitness.js";
import { explainUnready, type ReadinessWatch, watchReadiness } from "./readiness/readiness.js";
import { watchStores } from "./readiness/store-watch.js";
import { auditLag } from "./storage/postgres/audit/audit-lag.js";
import { startSealJob } from "./storage/postgres/audit/seal-job.js";
import { warnOfMutableLog } from "./storage/postgres/schema/log-privileges.js";
import { createLogger } from "./telemetry/log/logger.js";
import { watchState } from "./telemetry/metrics/watched-state.js";

/** A running service. Disposing of it drains: calls under way finish, then everything is closed in reverse order. */
export interface RunningServer extends AsyncDisposable {
  readonly address: AddressInfo;
  /** Probes and metrics, in cleartext. */
  readonly adminAddress: AddressInfo;
  /** Looks now at the files that are followed anyway: the security policy, keys, callers and theirs, certificates, passwords of the stores. A bad one changes nothing. */
  reload(): Promise<void>;
}

/** Builds everything, in one place, from values. Rejects when it cannot run; not ready until the stores have answered once. */
export async function startServer(config: ServiceConfig, overrides: Overrides = {}): Promise<RunningServer> {
  const closer = new Closer();
  try {
    return await open(config, overrides, { closer, log: overrides.log ?? createLogger(config.logLevel) });
  } catch (error) {
    await closer[Symbol.asyncDispose]();
    throw error;
  }
}

async function open(
  config: ServiceConfig,
  overrides: Overrides,
  { closer, log }: { readonly closer: Closer; readonly log: Log },
): Promise<RunningServer> {
  const foundation = await openFoundation(config, overrides, { closer, log });
  const {
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
  } = foundation;
  const services = createServices(config, foundation);
  const { health } = services;
  const fitness = closer.own(
    watchFitness({
      redis: stores.redis,
      onChange: (fit) => health.setStoresUsable(fit),
      intervalMs: reloads.intervalMs,
      log,
    }),
  );
  const keyGuard = closer.own(
    createKeyGuard({
      database: stores.ungated,
      keys,
      onJudged(why) {
        health.setKeysComplete(why === undefined);
        if (why === undefined) stores.gate.open();
        else stores.gate.close(why);
      },
      intervalMs: reloads.intervalMs,
      log,
    }),
  );
  closer.own(watchStores(stores.vitals, reloads.intervalMs));
  const unready: Pick<ReadinessWatch, "why"> = { why: () => undefined };
  const admin = closer.own(
    await openAdmin(config, {
      health,
      vitals: stores.vitals,
      whyUnfit: fitness.why,
      whyKeys: keyGuard.why,
      whyUnready: () => unready.why(),
      outbox: senders.outbox,
      testKitRoutes: foundation.testKit?.routes ?? [],
      metrics: metrics.page,
      log,
    }),
  );
  const clock = closer.own(
    startClockGuard({
      vitals: stores.vitals,
      limitSeconds: config.clockSkewLimitSeconds,
      intervalMs: overrides.clockCheckIntervalMs,
      onChange: (trusted) => health.setClockTrusted(trusted),
      log,
    }),
  );
  const { callers, pipeline } = await openCalls(config, foundation, { services, clock, closer, log });
  const state = watchState(metrics.registry, {
    health,
    vitals: stores.vitals,
    auditLag: auditLag(stores.jobs, deps.now),
    noticesWaiting: () => notices.waiting,
    build: config.build,
  });
  const check = async () => {
    state.schemaSeen(await stores.prepare());
    await keyGuard.look();
    await clock.check();
  };
  const onReady = () => {
    health.setStoresUsable(true);
    fitness.start();
    keyGuard.start();
  };
  const explain = (error: unknown) => explainUnready(error, stores.vitals);
  const readiness = closer.own(watchReadiness({ check, onReady, explain, log }));
  unready.why = readiness.why;
  await readiness.first;
  if (config.environment === "production") {
    background.run("look at the rights on the audit log", () => warnOfMutableLog(stores.ungated, log));
  }
  const seals = { mac: createMac(keys.current, "audit-mac"), intervalMs: config.auditSealIntervalMs };
  closer.own(startSealJob({ ...deps, ...seals, database: stores.jobs, log }));
  const listener = await openListener(config, {
    services: services.all,
    pipeline,
    browsers: security.browsers,
    observer: metrics.listener.onListener,
    reloads,
    onCertificate: state.certificateInUse,
    closer,
  });
  state.portOpened(listener);
  return {
    address: listener.address,
    adminAddress: admin.address,
    async reload() {
      const followed = [security, countries, keys, callers, listener];
      await Promise.all([...followed.map((each) => each.reload()), storeAccess?.reload()]);
    },
    async [Symbol.asyncDispose]() {
      health.drain();
      await delay(config.drainDelayMs);
      await listener.drain(config.shutdownTimeoutMs);
      await pipeline.idle();
      await closer[Symbol.asyncDispose]();
    },
  };
}
