import type { SpanIds } from "@countersign/telemetry-ports";

export const TRACEPARENT_HEADER = "traceparent";

/** Version 00 has these four parts; later versions may add more (W3C Trace Context, section 3.2). */
const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/**
 * The caller's span, if the header names one. `tracestate` and `baggage` beside it are not read: they are free text, which may identify the user of a
 * call.
 */
export function parseTraceparent(header: string | undefined): SpanIds | undefined {
  const [, version, traceId, spanId, flags, more] = FORM.exec(header ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && more !== undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}
