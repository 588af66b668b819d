import { randomBytes } from "node:crypto";
import { vi } from "vitest";
import type { TracingConfig } from "../../../src/telemetry/opentelemetry/tracing-config.js";
import { startTestService, type TestService, type TestServiceOptions } from "../../support/service.js";
import { Collector } from "./collector.js";

export interface TracedService extends AsyncDisposable {
  readonly service: TestService;
  readonly collector: Collector;
}

/** The service with its traces going to a collector of the test's own, within moments of their end. */
export async function startTracedService(
  options: TestServiceOptions & { readonly tracing?: Partial<TracingConfig> } = {},
): Promise<TracedService> {
  // The exporter's own variable, which the OpenTelemetry library reads.
  vi.stubEnv("OTEL_BSP_SCHEDULE_DELAY", "20");
  const collector = await Collector.start();
  const config = { ...options.config, tracing: collector.config(options.tracing) };
  const service = await startTestService({ ...options, config });
  return {
    service,
    collector,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await collector[Symbol.asyncDispose]();
      vi.unstubAllEnvs();
    },
  };
}

/** A caller's span, as it is named in a header. */
export function callersSpan(sampled = true) {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  const headers = { traceparent: `00-${traceId}-${spanId}-${sampled ? "01" : "00"}` };
  return { traceId, spanId, headers };
}
