import { Counter, type Registry } from "prom-client";
import { REPEATABLE_RPCS, type RepeatableRpc, type RequestLog } from "../domain/ports/request-log.js";

/** Tells of each request whose answer was already known. `observe` must not throw. */
export function observedRequestLog(requests: RequestLog, observe: (rpc: RepeatableRpc) => void): RequestLog {
  return {
    ...requests,
    async claim(request, keepMs) {
      const claim = await requests.claim(request, keepMs);
      if (claim.state === "answered") observe(request.rpc);
      return claim;
    },
  };
}

export function createReplayMetrics(registry: Registry): (rpc: RepeatableRpc) => void {
  const replays = new Counter({
    name: "countersign_idempotent_replays_total",
    help: "Requests that were sent again with their request_id and got the answer that was kept.",
    labelNames: ["method"] as const,
    registers: [registry],
  });
  for (const method of REPEATABLE_RPCS) replays.inc({ method }, 0);
  return (method) => replays.inc({ method });
}
