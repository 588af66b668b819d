import { type AdminListening, type AdminRoute, listenAdmin } from "@countersign/rpc-server";
import { describeFault, type Log } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../config/service-config.js";
import type { Outbox } from "../delivery/outbox.js";
import type { HealthBoard } from "../readiness/health-board.js";
import type { Foundation } from "./foundation.js";
import type { Guards } from "./readiness.js";

interface AdminParts {
  readonly health: HealthBoard;
  readonly guards: Pick<Guards, "fitness" | "keys">;
  /** Why the stores cannot be used yet. */
  readonly whyUnready: () => string | undefined;
  readonly log: Log;
}

/**
 * Opens the admin port. Readiness depends on the first contact with the stores, on a Redis that may evict counters, on missing keys, on the clock and
 * on a drain, but not on a store that fails later: all replicas would leave the load balancer simultaneously, and callers would find no service
 * instead of UNAVAILABLE.
 */
export function openAdmin(
  { admin, adminPort }: Pick<ServiceConfig, "admin" | "adminPort">,
  {
    stores: { vitals },
    senders: { outbox },
    testKit,
    metrics,
  }: Pick<Foundation, "stores" | "senders" | "testKit" | "metrics">,
  { health, guards, whyUnready, log }: AdminParts,
): Promise<AdminListening> {
  const word = (up: boolean | undefined, why: string | undefined) =>
    why ?? (up === undefined ? "not asked yet" : "ok");
  const checks = () => ({
    stores: health.storesUsable ? "ok" : (guards.fitness.why() ?? whyUnready() ?? "not reached yet"),
    keys: guards.keys.why() ?? "ok",
    clock: health.clockTrusted ? "ok" : "wrong: it differs from the clocks of Postgres and Redis",
    // For people: neither decides.
    postgres: word(vitals.postgresUp(), vitals.whyPostgres()),
    redis: word(vitals.redisUp(), vitals.whyRedis()),
    draining: health.draining ? "yes" : "no",
  });
  return listenAdmin({
    host: admin.host,
    port: adminPort,
    allowedHosts: admin.allowedHosts,
    probes: {
      live: () => ({ ok: true, checks: {} }),
      ready: () => ({ ok: health.wantsCalls, checks: checks() }),
      started: () => ({ ok: health.storesUsable, checks: checks() }),
    },
    metrics: metrics.page,
    // Both are undefined outside development; the outbox also if a provider is configured on every channel.
    routes: [...(outbox === undefined ? [] : [outboxPage(outbox)]), ...(testKit?.routes ?? [])],
    onFault: (fault) => log.error({ error: describeFault(fault) }, "an admin page failed"),
  });
}

/** Shows codes, so it is for this machine only. */
function outboxPage(outbox: Outbox): AdminRoute {
  const page = () => ({
    contentType: "application/json",
    body: `${JSON.stringify({ messages: outbox.list() })}\n`,
  });
  return { path: "/outbox", local: true, page };
}
