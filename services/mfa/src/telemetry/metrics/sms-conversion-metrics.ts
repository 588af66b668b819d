import { Counter, type Registry } from "prom-client";
import type { ConversionScope, LowConversion } from "../../domain/send-quota/sms-conversion.js";

const SCOPES: readonly ConversionScope[] = ["prefix", "country"];

/** Counts messages whose SMS conversion rate is low, by result. */
export function createSmsConversionMetrics(registry: Registry): (low: LowConversion) => void {
  const low = new Counter({
    name: "countersign_send_completion_low_total",
    help: "Messages asked for while too few codes of their block of numbers or country were entered.",
    labelNames: ["scope", "action"] as const,
    registers: [registry],
  });
  for (const scope of SCOPES) for (const action of ["sent", "stopped"]) low.inc({ scope, action }, 0);
  return ({ scope, stopped }) => low.inc({ scope, action: stopped ? "stopped" : "sent" });
}
