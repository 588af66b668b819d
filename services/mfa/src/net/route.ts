import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { MfaError } from "../domain/errors.js";
import type { Exchange } from "./exchange.js";

/** A request that no handler takes, and the HTTP status that Connect's protocol has for it. */
export interface Unroutable {
  readonly status: number;
  readonly error: MfaError;
  readonly header: Readonly<Record<string, string>>;
}

const ACCEPTED = "application/json, application/proto, application/grpc, application/grpc-web";

export type Route =
  | { readonly handler: UniversalHandler; readonly unroutable?: never }
  | { readonly handler: UniversalHandler | undefined; readonly unroutable: Unroutable };

/** Finds what answers a request, by path, HTTP method and content type. */
export function routeOf(exchange: Exchange, handlers: ReadonlyMap<string, UniversalHandler>): Route {
  const handler = handlers.get(exchange.path.split("?", 1)[0] ?? "");
  if (handler === undefined) return { handler, unroutable: unroutable(404, "no such service or RPC") };
  // Never GET, whatever Connect would allow: what a request holds would stand in the URL, and so in every log on its way.
  if (exchange.method !== "POST") {
    return { handler, unroutable: unroutable(405, "only POST is served", { allow: "POST" }) };
  }
  if (!handler.supportedContentType(exchange.header("content-type") ?? "")) {
    return {
      handler,
      unroutable: unroutable(415, "this content type is not served", { "accept-post": ACCEPTED }),
    };
  }
  if (handler.method.methodKind === "bidi_streaming" && exchange.httpVersion === "1.1") {
    // Clients that want to speak both ways hang on HTTP/1.1 unless the connection ends.
    return { handler, unroutable: unroutable(505, "this RPC needs HTTP/2", { connection: "close" }) };
  }
  return { handler };
}

function unroutable(status: number, message: string, header: Record<string, string> = {}): Unroutable {
  return { status, error: new MfaError("UNIMPLEMENTED", message), header };
}
