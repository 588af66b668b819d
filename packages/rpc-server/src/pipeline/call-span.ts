import { Code } from "@connectrpc/connect";
import type { Attributes, Span, Tracer } from "@countersign/telemetry-ports";
import type { CallReport } from "./call-report.js";
import type { IncomingCall } from "./incoming-call.js";
import { parseTraceparent, TRACEPARENT_HEADER } from "./traceparent.js";

/** The name in the access log for methods that are not served. */
const UNKNOWN = "_OTHER";

/** Codes that are the server's own fault, by OpenTelemetry's conventions for RPC. Any other is not an error of the server. */
const FAULTS: ReadonlySet<Code | undefined> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** The spans of calls. */
export interface CallSpans {
  /** Undefined for a call that is not traced. */
  open(incoming: IncomingCall): Span | undefined;
  /** Runs the work of the call. */
  serve<T>(span: Span, requestId: string, work: () => T): T;
  close(span: Span, report: CallReport): void;
}

/** Streams are not traced: they last as long as a client watches. Nor are public services, which load balancers call every few seconds. */
export function callSpans(tracer: Tracer, publicServices: ReadonlySet<string>): CallSpans {
  return {
    open: (incoming) =>
      incoming.streaming || publicServices.has(incoming.rpc.service)
        ? undefined
        : openCallSpan(tracer, incoming),
    serve: (span, requestId, work) => tracer.serve({ span, requestId }, work),
    close: closeCallSpan,
  };
}

/** Opens the span of a call, from its headers. It uses only `traceparent`: other headers are the caller's own text. */
function openCallSpan(tracer: Tracer, { rpc, protocol, header, peer }: IncomingCall): Span {
  const system = protocol === "connect" ? "connectrpc" : "grpc";
  const method = rpc.method === UNKNOWN ? UNKNOWN : `${rpc.service}/${rpc.method}`;
  const local: Attributes =
    peer.local === undefined ? {} : { "server.address": peer.local.address, "server.port": peer.local.port };
  return tracer.receive({
    // A method that is not ours is not named.
    name: method === UNKNOWN ? system : method,
    attributes: { "rpc.system.name": system, "rpc.method": method, ...local },
    parent: parseTraceparent(header(TRACEPARENT_HEADER)),
  });
}

function closeCallSpan(span: Span, { code, protocol, reason }: CallReport): void {
  const status = statusName(code, protocol);
  span.set({
    "rpc.status_code": status,
    ...(reason === undefined ? {} : { "countersign.reason": reason }),
  });
  span.end(FAULTS.has(code) ? status : undefined);
}

/** gRPC's DEADLINE_EXCEEDED is Connect's deadline_exceeded, and CANCELLED is canceled. */
function statusName(code: Code | undefined, protocol: CallReport["protocol"]): string {
  const name = code === undefined ? "ok" : Code[code].replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();
  if (protocol === "connect") return name;
  return code === Code.Canceled ? "CANCELLED" : name.toUpperCase();
}
