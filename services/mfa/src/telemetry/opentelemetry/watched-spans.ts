import { TraceFlags } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-base";

/** Receives the results of spans. Must not throw. */
export interface SpanWatcher {
  readonly ended: () => void;
  readonly exported: (spans: number) => void;
  /** `reason`: a status or the system's code, never the collector's text. */
  readonly lost: (spans: number, reason: string) => void;
}

/** Reports every span that should be exported, including those dropped by a full queue. */
export function watchedProcessor(processor: SpanProcessor, { ended }: SpanWatcher): SpanProcessor {
  return {
    forceFlush: () => processor.forceFlush(),
    onStart: (span, context) => processor.onStart(span, context),
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) ended();
      processor.onEnd(span);
    },
    shutdown: () => processor.shutdown(),
  };
}

export function watchedExporter(
  exporter: Required<Pick<SpanExporter, "export" | "shutdown" | "forceFlush">>,
  { exported, lost }: SpanWatcher,
): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) exported(spans.length);
        else lost(spans.length, reasonOf(result.error));
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

function reasonOf(error: (Error & { readonly code?: unknown }) | undefined): string {
  if (typeof error?.code === "number") return `http ${error.code}`;
  return typeof error?.code === "string" ? error.code : "no answer";
}
