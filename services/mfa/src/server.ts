import type { AddressInfo } from "node:net";
import { createMac } from "@countersign/field-crypto";
import { admitCaller } from "./callers/admit-caller.js";
import { guardPeers } from "./callers/guard-peers.js";
import { leasedRateLimiter } from "./callers/leased-rate-limiter.js";
import { openAdmin } from "./compose/admin.js";
import { auditReloads } from "./compose/audit-reloads.js";
import { createBackground } from "./compose/background.js";
import { openCallers } from "./compose/callers.js";
import { Closer } from "./compose/closer.js";
import { openCountryDatabase } from "./compose/country-database.js";
import { bothObservers, UNOBSERVED } from "./compose/crypto-observer.js";
import { openKeyRing } from "./compose/key-ring.js";
import { openListener } from "./compose/listener.js";
import { warnOfMutableLog } from "./compose/log-privileges.js";
import { createMetrics } from "./compose/metrics.js";
import { watchReadiness } from "./compose/readiness.js";
import { withReflection } from "./compose/reflection.js";
import { RELOAD_INTERVAL_MS, type ReloadObserver } from "./compose/reloads.js";
import { startSealJob } from "./compose/seal-job.js";
import { openSecurityPolicy } from "./compose/security-policy.js";
import { openSenders } from "./compose/senders.js";
import { openStores } from "./compose/stores.js";
import { useCaseDeps, type WorldOverrides } from "./compose/use-case-deps.js";
import { watchState } from "./compose/watched-state.js";
import type { ServiceConfig } from "./config/service-config.js";
import { withRefusalsAudited } from "./rpc/audit-refusals.js";
import { withClientAddressRules } from "./rpc/client-address-rules.js";
import { createHealth } from "./rpc/health.js";
import { createMfaAdminService } from "./rpc/mfa-admin-service.js";
import { createMfaService } from "./rpc/mfa-service.js";
import { createPipeline } from "./rpc/pipeline/pipeline.js";
import { createSecurityPolicyService } from "./rpc/security-policy-service.js";
import type { Log } from "./telemetry/log.js";
import { createLogger } from "./telemetry/logger.js";

export interface Overrides extends WorldOverrides {
  readonly log?: Log;
  readonly onReload?: ReloadObserver;
  readonly reloadIntervalMs?: number;
}

/** A running service. Disposing of it drains: calls under way finish, then everything is closed in reverse order. */
export interface RunningServer extends AsyncDisposable {
  readonly address: AddressInfo;
  /** Probes and metrics, in cleartext. */
  readonly adminAddress: AddressInfo;
  /** Looks now at the files that are followed anyway: the security policy, keys, callers and theirs, certificates. A bad one changes nothing. */
  reload(): Promise<void>;
}

/** Builds everything, in one place, from values. Rejects when it cannot run; not ready until the stores have answered once. */
export async function startServer(config: ServiceConfig, overrides: Overrides = {}): Promise<RunningServer> {
  const log = overrides.log ?? createLogger(config.logLevel);
  const closer = new Closer();
  try {
    const background = closer.own(createBackground(log));
    const metrics = createMetrics(config.delivery);
    const observer = bothObservers(metrics.crypto, overrides.cryptoObserver ?? UNOBSERVED);
    const keys = closer.own(await openKeyRing(config, { log, observer }));
    const { onRedisCommand, onEvent } = metrics;
    const stores = closer.own(await openStores(config, { ring: keys.current, log, onRedisCommand }));
    const senders = closer.own(openSenders(config.delivery, log, metrics.onDelivery));
    const policy = () => security.mfa();
    const deps = useCaseDeps(
      { config, stores, senders, ring: keys.current, policy, background, log, onEvent },
      { ...overrides, cryptoObserver: observer },
    );
    const reloads = {
      log,
      observe: (...reload: Parameters<ReloadObserver>) => {
        metrics.onReload(...reload);
        overrides.onReload?.(...reload);
      },
      intervalMs: overrides.reloadIntervalMs ?? RELOAD_INTERVAL_MS,
    };
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
    const audited = [createMfaService(deps), createMfaAdminService(deps)].map((service) =>
      withRefusalsAudited(withClientAddressRules(service, security.addresses), deps),
    );
    const served = [...audited, createSecurityPolicyService(security)];
    const health = createHealth(served.map(({ service }) => service.typeName));
    const services = withReflection(config, [...served, health.service]);
    const admin = closer.own(
      await openAdmin(config, { health, outbox: senders.outbox, metrics: metrics.page, log }),
    );
    const publicServices = new Set([health.service.service.typeName]);
    const callers = await openCallers(config, {
      services: services.map(({ service }) => service),
      record: (denied) => deps.store.record(denied),
      now: deps.now,
      log,
      reloads,
      closer,
    });
    const pipeline = createPipeline({
      authenticate: guardPeers(security.addresses, callers.authenticate),
      permit: callers.permit,
      admit: admitCaller({
        take: leasedRateLimiter(stores.rates, () => performance.now()),
        policy: () => security.config().rateLimit,
        apiServices: new Set(audited.map(({ service }) => service.typeName)),
        exemptServices: publicServices,
      }),
      publicServices,
      observer: metrics.onCalls(services),
      log,
    });
    const state = watchState(metrics.registry, { health, vitals: stores.vitals });
    const readiness = closer.own(
      watchReadiness({
        check: async () => state.schemaSeen(await stores.prepare()),
        onReady: () => health.setReady(true),
        log,
      }),
    );
    await readiness.first;
    if (config.environment === "production") {
      background.run("look at the rights on the audit log", () => warnOfMutableLog(stores.database, log));
    }
    const mac = createMac(keys.current, "audit-mac");
    closer.own(
      startSealJob({ ...deps, database: stores.database, mac, log, intervalMs: config.auditSealIntervalMs }),
    );
    const listener = await openListener(config, {
      services,
      pipeline,
      browsers: security.browsers,
      reloads,
      onCertificate: state.certificateInUse,
      closer,
    });
    state.portOpened(listener);
    return {
      address: listener.address,
      adminAddress: admin.address,
      async reload() {
        await Promise.all([
          security.reload(),
          countries.reload(),
          keys.reload(),
          callers.reload(),
          listener.reload(),
        ]);
      },
      async [Symbol.asyncDispose]() {
        health.drain();
        await delay(config.drainDelayMs);
        await listener.drain(config.shutdownTimeoutMs);
        await pipeline.idle();
        await closer[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await closer[Symbol.asyncDispose]();
    throw error;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
