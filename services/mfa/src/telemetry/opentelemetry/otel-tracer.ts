import { AsyncLocalStorage } from "node:async_hooks";
import type { Attributes, Span, SpanIds, Tracer } from "@countersign/telemetry-ports";
import {
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";

/** The context of the running code. */
interface Work {
  readonly span: Span;
  /** The call's span. Undefined if the work serves several calls. */
  readonly requestId: string | undefined;
  /** The spans of all calls that a shared statement serves; empty for work of one call. */
  readonly served: readonly Span[];
  /** Attributes of requests made within. */
  readonly attributes: Attributes;
}

const ALONE = { served: [], attributes: {} };

/** The tracer over OpenTelemetry. Asynchronous context carries the current call, because no layer passes it on. */
export function createOtelTracer(otel: OtelTracer): Tracer {
  const working = new AsyncLocalStorage<Work | undefined>();
  return {
    receive({ name, attributes, parent }) {
      const context =
        parent === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { ...contextOf(parent), isRemote: true });
      return toSpan(otel.startSpan(name, { kind: SpanKind.SERVER, attributes }, context));
    },
    serve: ({ span, requestId }, work) => working.run({ ...ALONE, span, requestId }, work),
    ask(name, attributes) {
      const work = working.getStore();
      return work?.span.sampled === true ? askFor(otel, work, { name, attributes }) : undefined;
    },
    within(span, work) {
      const requestId = working.getStore()?.requestId;
      return working.run({ ...ALONE, span, requestId }, work);
    },
    current: () => working.getStore()?.span,
    together(served, { attributes, work }) {
      const recorded = served.filter((each): each is Span => each?.sampled === true);
      const [span] = recorded;
      // Not in the context of the call that happens to run it.
      if (span === undefined) return working.run(undefined, work);
      const shared = served.length === 1 ? ALONE : { served: recorded, attributes };
      return working.run({ ...shared, span, requestId: undefined }, work);
    },
    logFields() {
      const work = working.getStore();
      if (work === undefined) return undefined;
      const ids = { trace_id: work.span.traceId, span_id: work.span.spanId };
      return work.requestId === undefined ? ids : { request_id: work.requestId, ...ids };
    },
  };
}

function askFor(
  otel: OtelTracer,
  { span, served, attributes: shared }: Work,
  { name, attributes }: { readonly name: string; readonly attributes: Attributes },
): Span {
  const options = {
    kind: SpanKind.CLIENT,
    attributes: { ...attributes, ...shared },
    links: served.map((each) => ({ context: contextOf(each) })),
  };
  const asked = toSpan(otel.startSpan(name, options, trace.setSpanContext(ROOT_CONTEXT, contextOf(span))));
  // A child of one of them only, so the others link to it.
  for (const other of served) if (other !== span) other.linkTo(asked);
  return asked;
}

function toSpan(otel: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = otel.spanContext();
  return {
    traceId,
    spanId,
    sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
    set: (attributes) => otel.setAttributes(attributes),
    linkTo: (other) => otel.addLink({ context: contextOf(other) }),
    end(error) {
      if (error !== undefined) {
        otel.setAttribute("error.type", error);
        otel.setStatus({ code: SpanStatusCode.ERROR });
      }
      otel.end();
    },
  };
}

function contextOf({ traceId, spanId, sampled }: SpanIds): SpanContext {
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}
