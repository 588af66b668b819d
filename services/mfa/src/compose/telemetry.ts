import type { ServiceConfig } from "../config/service-config.js";
import { createBackground } from "../jobs/background.js";
import { RELOAD_INTERVAL_MS, type Reloads } from "../reload/reloads.js";
import { smsConversionAlarm } from "../telemetry/log/sms-conversion-alarm.js";
import { tracedLog } from "../telemetry/log/traced-log.js";
import type { Owner } from "./closer.js";
import { createMetrics } from "./metrics.js";
import type { Overrides } from "./overrides.js";
import { openTracing } from "./tracing.js";

/** Log, metrics and traces. */
export type Telemetry = Awaited<ReturnType<typeof openTelemetry>>;

/** Opens metrics, traces and the log that uses them. First, so that spans from closing the others are exported too. */
export async function openTelemetry(
  config: Pick<ServiceConfig, "delivery" | "tracing">,
  overrides: Overrides,
  owner: Owner,
) {
  const metrics = createMetrics(config.delivery);
  const tracer = await openTracing(config.tracing, { ...owner, spans: metrics.spans });
  const log = tracer === undefined ? owner.log : tracedLog(owner.log, tracer);
  const reloads: Reloads = {
    log,
    observe: (source, outcome) => {
      metrics.onReload(source, outcome);
      overrides.onReload?.(source, outcome);
    },
    intervalMs: overrides.reloadIntervalMs ?? RELOAD_INTERVAL_MS,
  };
  return {
    metrics,
    tracer,
    log,
    reloads,
    background: owner.closer.own(createBackground(log)),
    onLowCompletion: smsConversionAlarm({ log, count: metrics.onLowCompletion, clock: Date.now }),
  };
}
