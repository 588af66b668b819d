import { Counter, type Registry } from "prom-client";
import type { AnyAuditEvent } from "../../domain/audit/audit-event.js";
import { REPEATABLE_RPCS } from "../../domain/verification/request-log.js";
import { labelAmong } from "./labels.js";

/** Counts requests that got a stored answer. */
export function createRepeatMetrics(registry: Registry): (event: AnyAuditEvent) => void {
  const replays = new Counter({
    name: "countersign_idempotent_replays_total",
    help: "Requests that were sent again with their request_id and got the answer that was kept.",
    labelNames: ["method"] as const,
    registers: [registry],
  });
  for (const method of REPEATABLE_RPCS) replays.inc({ method }, 0);
  return ({ action, details }) => {
    if (action === "answer_repeated") replays.inc({ method: labelAmong(REPEATABLE_RPCS, details?.rpc) });
  };
}
