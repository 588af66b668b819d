import type { Protocol } from "../pipeline/call-report.js";
import { parseConnectTimeout, parseGrpcTimeout, type Timeout } from "../pipeline/timeout.js";

/** Which protocol a request speaks, by its content type; Connect has no content type of its own, so it is the default. */
export function protocolOf(contentType: string | undefined): Protocol {
  if (contentType === undefined || !contentType.startsWith("application/grpc")) return "connect";
  return contentType.startsWith("application/grpc-web") ? "grpc-web" : "grpc";
}

const TIMEOUT_HEADERS = {
  connect: "connect-timeout-ms",
  grpc: "grpc-timeout",
  "grpc-web": "grpc-timeout",
} as const;

/** The client's timeout, from the header of its protocol. */
export function timeoutOf(protocol: Protocol, header: (name: string) => string | undefined): Timeout {
  const value = header(TIMEOUT_HEADERS[protocol]);
  return protocol === "connect" ? parseConnectTimeout(value) : parseGrpcTimeout(value);
}
