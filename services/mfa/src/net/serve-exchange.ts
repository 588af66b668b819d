import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { describeFault } from "../rpc/pipeline/fault.js";
import type { Pipeline } from "../rpc/pipeline/pipeline.js";
import { REQUEST_ID_HEADER } from "../rpc/pipeline/request-id.js";
import { askConnect } from "./ask-connect.js";
import { isWellFormedAuthority } from "./authority.js";
import type { ConnectCall } from "./connect-handlers.js";
import { errorResponse } from "./error-response.js";
import type { Exchange } from "./exchange.js";
import { protocolOf, timeoutOf } from "./protocol.js";
import { routeOf, type Unroutable } from "./route.js";

/** Answers any request through Connect's handlers. Never rejects. */
export type ServeExchange = (exchange: Exchange) => Promise<void>;

/** The name of every RPC that is none of ours, so that a scanner cannot make metric labels without end. */
const OTHER = { service: "_OTHER", method: "_OTHER" };

export function createServeExchange(
  pipeline: Pipeline,
  handlers: ReadonlyMap<string, UniversalHandler>,
): ServeExchange {
  return async (exchange) => {
    try {
      const response = isMisaddressed(exchange)
        ? { status: 400 }
        : await respond(pipeline, handlers, exchange);
      if (response !== undefined) await exchange.answer(response);
    } catch (thrown) {
      pipeline.log.error({ error: describeFault(thrown) }, "the transport failed unexpectedly");
      await exchange.answer({ status: 500 });
    }
  };
}

function isMisaddressed({ authority }: Exchange): boolean {
  return authority !== undefined && !isWellFormedAuthority(authority);
}

/** The answer, or undefined when the client went away. */
async function respond(
  pipeline: Pipeline,
  handlers: ReadonlyMap<string, UniversalHandler>,
  exchange: Exchange,
): Promise<UniversalServerResponse | undefined> {
  const { handler, unroutable } = routeOf(exchange, handlers);
  const call = begin(pipeline, exchange, handler);
  exchange.onGone(() => call.cancel());
  try {
    const response =
      unroutable === undefined
        ? await askConnect(exchange, handler, call)
        : refuse(exchange, unroutable, call);
    if (response === undefined) return undefined;
    const header = new Headers(response.header);
    header.set(REQUEST_ID_HEADER, call.requestId);
    return { ...response, header };
  } catch (thrown) {
    call.log.error({ error: describeFault(thrown) }, "the transport failed unexpectedly");
    return { status: 500 };
  }
}

function begin(pipeline: Pipeline, exchange: Exchange, handler: UniversalHandler | undefined): ConnectCall {
  const header = (name: string) => exchange.header(name);
  const protocol = protocolOf(header("content-type"));
  return pipeline.begin({
    rpc: handler === undefined ? OTHER : { service: handler.service.typeName, method: handler.method.name },
    protocol,
    header,
    peer: exchange.peer,
    timeout: timeoutOf(protocol, header),
    streaming: handler !== undefined && handler.method.methodKind !== "unary",
  });
}

function refuse(exchange: Exchange, unroutable: Unroutable, call: ConnectCall): UniversalServerResponse {
  call.fail(unroutable.error);
  const contentType = exchange.header("content-type");
  const response = errorResponse(contentType, call.describe(unroutable.error));
  // Clients of gRPC and gRPC-Web look for their own status, and only under HTTP 200.
  if (protocolOf(contentType) !== "connect") return response;
  const { status } = unroutable;
  // Only a request for an RPC has an error in Connect's form; what is not even that gets HTTP's.
  return status === 404 ? { ...response, status } : plainResponse(unroutable);
}

function plainResponse({ status, error, header }: Unroutable): UniversalServerResponse {
  const body = new TextEncoder().encode(`${error.message}\n`);
  const headers = new Headers({
    ...header,
    "content-type": "text/plain",
    "content-length": String(body.byteLength),
  });
  return { status, header: headers, body: createAsyncIterable([body]) };
}
