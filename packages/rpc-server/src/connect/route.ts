import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { TransportError, type TransportReason } from "../errors/transport-error.js";
import { isWellFormedAuthority } from "../http/authority.js";
import type { Exchange } from "../http/exchange.js";
import type { HeaderFields } from "../http/header-fields.js";
import type { HttpRefusal } from "../refusals/http-refusal.js";

/** A request without a handler, and the HTTP status that Connect's protocol has for it. */
export interface Unroutable extends HttpRefusal {
  readonly error: TransportError;
}

const ACCEPTED = "application/json, application/proto, application/grpc, application/grpc-web";

/** Without the charset it would look like Connect's own answer to a client that may speak another protocol. */
const PLAIN_JSON = { "content-type": "application/json; charset=utf-8" };

/** Connect's handlers would accept it and refuse it later with neither a body nor a reason. */
const GRPC_WEB_TEXT = /^application\/grpc-web-text/i;

export type Route =
  | { readonly handler: UniversalHandler; readonly unroutable?: never }
  | { readonly handler: UniversalHandler | undefined; readonly unroutable: Unroutable };

/** Finds what answers a request, by host, path, HTTP method and content type. */
export function routeOf(exchange: Exchange, handlers: ReadonlyMap<string, UniversalHandler>): Route {
  const { authority, path } = exchange;
  if (authority !== undefined && !isWellFormedAuthority(authority)) {
    return { handler: undefined, unroutable: unroutable(400, "HOST_MALFORMED", "the request names no host") };
  }
  const handler = handlers.get(path.split("?", 1)[0] ?? "");
  if (handler === undefined) {
    return { handler, unroutable: unroutable(404, "UNIMPLEMENTED", "no such service or RPC") };
  }
  const mismatch = mismatchOf(exchange, handler);
  return mismatch === undefined ? { handler } : { handler, unroutable: mismatch };
}

/** Why the handler of this path does not take the request. */
function mismatchOf(exchange: Exchange, handler: UniversalHandler): Unroutable | undefined {
  // Never GET, whatever Connect would allow: the request would be in the URL, and so in proxy and access logs.
  if (exchange.method !== "POST") {
    return unroutable(405, "HTTP_METHOD_NOT_SERVED", "only POST is served", { allow: "POST" });
  }
  const contentType = exchange.header("content-type") ?? "";
  if (!handler.supportedContentType(contentType) || GRPC_WEB_TEXT.test(contentType)) {
    const message = "this content type is not served";
    return unroutable(415, "CONTENT_TYPE_NOT_SERVED", message, { "accept-post": ACCEPTED, ...PLAIN_JSON });
  }
  if (handler.method.methodKind === "bidi_streaming" && exchange.httpVersion === "1.1") {
    return unroutable(505, "UNIMPLEMENTED", "this RPC needs HTTP/2");
  }
  return undefined;
}

function unroutable(
  status: number,
  reason: TransportReason,
  message: string,
  header: HeaderFields = {},
): Unroutable {
  return { status, error: new TransportError(reason, message), header };
}
