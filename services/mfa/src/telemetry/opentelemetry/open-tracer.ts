import type { Tracer } from "@countersign/telemetry-ports";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { inTime } from "../metrics/in-time.js";
import { type ClientTls, closableAgents } from "./closable-agents.js";
import { createOtelTracer } from "./otel-tracer.js";
import { samplerOf } from "./sampler.js";
import type { TracingConfig } from "./tracing-config.js";
import { type SpanWatcher, watchedExporter, watchedProcessor } from "./watched-spans.js";

/** A tracer and its exporter. Disposing of it flushes waiting spans, for a limited time. */
export interface OpenTracer extends AsyncDisposable {
  readonly tracer: Tracer;
}

/** How long shutdown waits for a collector. */
const FLUSH_LIMIT_MS = 3_000;

/**
 * Spans wait in a bounded queue and are sent by the thousand, in the background: a slow or unavailable collector costs spans, never a call. Nothing
 * global is registered, so that several servers may run in one process. Loaded only if tracing is on.
 */
export function openTracer(config: TracingConfig, tls: ClientTls, watcher: SpanWatcher): OpenTracer {
  const agents = closableAgents(tls);
  const { url, headers } = config;
  const Exporter = config.encoding === "json" ? JsonExporter : ProtobufExporter;
  const exporter = new Exporter({ url, headers: { ...headers }, httpAgentOptions: agents.create });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(config.resource),
    sampler: samplerOf(config.sampler),
    spanProcessors: [watchedProcessor(new BatchSpanProcessor(watchedExporter(exporter, watcher)), watcher)],
  });
  return {
    tracer: createOtelTracer(provider.getTracer("countersign")),
    async [Symbol.asyncDispose]() {
      await inTime(FLUSH_LIMIT_MS, provider.shutdown());
      // A collector that hangs would delay the end of the process by the exporter's time limit.
      agents.close();
    },
  };
}
