import { createPipeline, type Pipeline } from "@countersign/rpc-server";
import { admitCaller } from "../callers/admit-caller.js";
import { guardPeers } from "../callers/guard-peers.js";
import { leasedRateLimiter } from "../callers/leased-rate-limiter.js";
import type { ServiceConfig } from "../config/service-config.js";
import { admitByClock, type ClockGuard } from "../readiness/clock-guard.js";
import { MFA_ERRORS } from "../rpc/errors.js";
import { type Callers, openCallers } from "./callers.js";
import type { Owner } from "./closer.js";
import type { Foundation } from "./foundation.js";
import type { Services } from "./services.js";

const NONE: ReadonlySet<string> = new Set();

/** Who may call, how often, and what surrounds every call. */
export async function openCalls(
  config: ServiceConfig,
  { deps, hostNow, security, stores, metrics, reloads, tracer }: Foundation,
  { services, clock, closer, log }: Owner & { readonly services: Services; readonly clock: ClockGuard },
): Promise<{ readonly callers: Callers; readonly pipeline: Pipeline }> {
  const callers = await openCallers(config, {
    services: services.all.map(({ service }) => service),
    record: (denied) => deps.store.record(denied),
    now: deps.now,
    hostNow,
    log,
    reloads,
    closer,
  });
  const pipeline = createPipeline({
    errors: MFA_ERRORS,
    authenticate: guardPeers(security.addresses, callers.authenticate),
    permit: callers.permit,
    admit: admitByClock(
      clock,
      services.publicOnes,
      admitCaller({
        take: leasedRateLimiter(stores.rates, () => performance.now()),
        policy: security.callerLimits,
        apiServices: services.aboutUsers,
        exemptServices: services.publicOnes,
      }),
    ),
    publicServices: services.publicOnes,
    callersOnly: config.callers === undefined ? NONE : services.forCallersOnly,
    onLineSuppressed: metrics.listener.onLineSuppressed,
    observer: metrics.onCalls(services.all),
    tracer,
    log,
  });
  return { callers, pipeline };
}
