import type { Span } from "@countersign/telemetry-ports";
import type { HeaderLookup } from "../peer/loopback.js";
import { parseTraceparent, TRACEPARENT_HEADER } from "./traceparent.js";

/** The ids of a call in every log line. */
export interface CallIds {
  readonly request_id: string;
  /** The trace of the call: if none is recorded here, its caller's. */
  readonly trace_id?: string;
  readonly span_id?: string;
}

export function callIds(requestId: string, span: Span | undefined, header: HeaderLookup): CallIds {
  if (span !== undefined) return { request_id: requestId, trace_id: span.traceId, span_id: span.spanId };
  const parent = parseTraceparent(header(TRACEPARENT_HEADER));
  return parent === undefined
    ? { request_id: requestId }
    : { request_id: requestId, trace_id: parent.traceId };
}
