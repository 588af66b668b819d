import type { ServiceConfig } from "../config/service-config.js";
import type { HealthBoard } from "../readiness/health-board.js";
import { auditLag } from "../storage/postgres/audit/audit-lag.js";
import { type WatchedState, watchState } from "../telemetry/metrics/watched-state.js";
import type { Foundation } from "./foundation.js";

/** Connects the metrics to the state of the server. */
export function showState(
  { build }: Pick<ServiceConfig, "build">,
  { metrics, stores, deps, notices }: Foundation,
  health: HealthBoard,
): WatchedState {
  return watchState(metrics.registry, {
    health,
    vitals: stores.vitals,
    auditLag: auditLag(stores.jobs, deps.now),
    noticesWaiting: () => notices.waiting,
    build,
  });
}
