import type { ServiceConfig } from "../config/service-config.js";
import { type AdminListening, listenAdmin } from "../net/admin.js";
import type { HealthBoard } from "../rpc/health.js";
import { describeFault } from "../rpc/pipeline/fault.js";
import type { Log } from "../telemetry/log.js";

/**
 * Opens the admin port. Readiness knows of the first contact with the stores and of a drain, not of a store that went away later:
 * every replica would leave the load balancer at once, and callers would see no service where they now see UNAVAILABLE.
 */
export function openAdmin(
  { host, adminPort }: Pick<ServiceConfig, "host" | "adminPort">,
  { health, log }: { readonly health: HealthBoard; readonly log: Log },
): Promise<AdminListening> {
  const checks = () => ({
    stores: health.ready ? "ok" : "not reached yet",
    draining: health.draining ? "yes" : "no",
  });
  return listenAdmin({
    host,
    port: adminPort,
    probes: {
      live: () => ({ ok: true, checks: {} }),
      ready: () => ({ ok: health.ready && !health.draining, checks: checks() }),
      started: () => ({ ok: health.ready, checks: checks() }),
    },
    onFault: (fault) => log.error({ error: describeFault(fault) }, "an admin page failed"),
  });
}
