import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { openAdmin } from "./compose/admin.js";
import { startAuditJobs } from "./compose/audit-jobs.js";
import { openCalls } from "./compose/calls.js";
import { Closer, type Owner } from "./compose/closer.js";
import { type Foundation, openFoundation } from "./compose/foundation.js";
import { openListener } from "./compose/listener.js";
import type { Overrides } from "./compose/overrides.js";
import { openGuards, openReadiness } from "./compose/readiness.js";
import { createServices } from "./compose/services.js";
import { showState } from "./compose/state.js";
import type { ServiceConfig } from "./config/service-config.js";
import type { ReadinessWatch } from "./readiness/readiness.js";
import { createLogger } from "./telemetry/log/logger.js";

/** A running service. Disposing of it drains: calls under way finish, then everything is closed in reverse order. */
export interface RunningServer extends AsyncDisposable {
  readonly address: AddressInfo;
  /** Probes and metrics, in cleartext. */
  readonly adminAddress: AddressInfo;
  /**
   * Rereads the watched files now: security policy, keys, callers and their keys, certificates, passwords of the stores. An invalid one changes
   * nothing.
   */
  reload(): Promise<void>;
}

/** How long a drain waits for a connection's next request, to end it there; never longer than the delay in which balancers notice. In milliseconds. */
const QUIET_MS = 1_000;

/** Builds everything, in one place, from values. Rejects if it cannot run. Not ready until the stores have answered once. */
export async function startServer(config: ServiceConfig, overrides: Overrides = {}): Promise<RunningServer> {
  const closer = new Closer();
  try {
    return await open(config, overrides, { closer, log: overrides.log ?? createLogger(config.logLevel) });
  } catch (error) {
    await closer[Symbol.asyncDispose]();
    throw error;
  }
}

async function open(config: ServiceConfig, overrides: Overrides, owner: Owner): Promise<RunningServer> {
  const { closer, log } = owner;
  const foundation = await openFoundation(config, overrides, owner);
  const services = createServices(config, foundation);
  const { health } = services;
  const { clockSkewLimitSeconds } = config;
  const { clockCheckIntervalMs } = overrides;
  const guards = openGuards(foundation, { ...owner, health, clockSkewLimitSeconds, clockCheckIntervalMs });
  const unready: Pick<ReadinessWatch, "why"> = { why: () => undefined };
  const whyUnready = () => unready.why();
  const admin = closer.own(await openAdmin(config, foundation, { health, guards, whyUnready, log }));
  const { clock } = guards;
  const { callers, pipeline } = await openCalls(config, foundation, { ...owner, services, clock });
  const state = showState(config, foundation, health);
  const readiness = openReadiness(foundation, { ...owner, guards, health, state });
  unready.why = readiness.why;
  await readiness.first;
  startAuditJobs(config, foundation, owner);
  const listener = await openListener(config, foundation, {
    services: services.all,
    pipeline,
    health,
    onCertificate: state.certificateInUse,
    closer,
  });
  state.portOpened(listener);
  return {
    address: listener.address,
    adminAddress: admin.address,
    reload: () => reloadAll(foundation, [callers, listener]),
    async [Symbol.asyncDispose]() {
      health.drain();
      await delay(config.drainDelayMs);
      await listener.drain(config.shutdownTimeoutMs, Math.min(config.drainDelayMs, QUIET_MS));
      await pipeline.idle();
      await closer[Symbol.asyncDispose]();
    },
  };
}

interface Reloadable {
  readonly reload: () => Promise<void>;
}

async function reloadAll(
  { security, countries, keys, storeAccess }: Foundation,
  others: readonly Reloadable[],
): Promise<void> {
  const followed = [security, countries, keys, ...others];
  await Promise.all([...followed.map((each) => each.reload()), storeAccess?.reload()]);
}
