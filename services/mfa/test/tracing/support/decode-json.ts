import { kindOf, type ReceivedSpan } from "./received-span.js";

interface Pair {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Pair[];
  readonly links: readonly { readonly spanId: string }[];
  readonly events: readonly unknown[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface JsonRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[];
  }[];
}

/** Reads an ExportTraceServiceRequest in OTLP's JSON. */
export function decodeJson(body: Uint8Array): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(Buffer.from(body).toString("utf8")) as JsonRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(span, valuesOf(resource.attributes)))),
  );
}

function toSpan(span: JsonSpan, resource: ReceivedSpan["resource"]): ReceivedSpan {
  const { traceId, spanId, parentSpanId = "", traceState = "", name, status } = span;
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState,
    name,
    kind: kindOf(span.kind),
    attributes: valuesOf(span.attributes),
    links: span.links.map((link) => link.spanId),
    events: span.events.length,
    failed: status.code === 2,
    statusMessage: status.message ?? "",
    resource,
  };
}

function valuesOf(pairs: readonly Pair[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  );
}
