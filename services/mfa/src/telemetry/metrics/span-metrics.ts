import { Counter, type Registry } from "prom-client";

/** Counts spans that ended and spans that were exported. Both stay at 0 if tracing is off. */
export function createSpanMetrics(registry: Registry) {
  const registers = [registry];
  const ended = new Counter({
    name: "countersign_trace_spans_ended_total",
    help: "Recorded spans that ended.",
    registers,
  });
  const exported = new Counter({
    name: "countersign_trace_spans_exported_total",
    help: "Spans that the collector has taken.",
    registers,
  });
  return { ended: () => ended.inc(), exported: (spans: number) => exported.inc(spans) };
}
