import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { describeFault } from "@countersign/telemetry-ports";
import type { Exchange } from "../http/exchange.js";
import { protocolOf, timeoutOf } from "../http/protocol.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import { REQUEST_ID_HEADER, requestIdFrom } from "../pipeline/request-id.js";
import { errorResponse } from "../refusals/error-response.js";
import { httpRefusal } from "../refusals/http-refusal.js";
import { askConnect } from "./ask-connect.js";
import type { ConnectCall } from "./connect-handlers.js";
import { routeOf, type Unroutable } from "./route.js";

/** Answers any request through Connect's handlers. Never rejects. */
export type ServeExchange = (exchange: Exchange) => Promise<void>;

/** The name of every unknown RPC, so that a scanner cannot create unlimited metric labels. */
const OTHER = { service: "_OTHER", method: "_OTHER" };

export function createServeExchange(
  pipeline: Pipeline,
  handlers: ReadonlyMap<string, UniversalHandler>,
): ServeExchange {
  return async (exchange) => {
    try {
      const response = await respond(pipeline, handlers, exchange);
      if (response !== undefined) await exchange.answer(response);
    } catch (thrown) {
      pipeline.log.error({ error: describeFault(thrown) }, "the transport failed unexpectedly");
      const requestId = requestIdFrom(exchange.header(REQUEST_ID_HEADER));
      await exchange.answer(httpRefusal({ status: 500 }, pipeline.describe(thrown, requestId)));
    }
  };
}

/** The answer, or undefined when the client went away. */
async function respond(
  pipeline: Pipeline,
  handlers: ReadonlyMap<string, UniversalHandler>,
  exchange: Exchange,
): Promise<UniversalServerResponse | undefined> {
  const { handler, unroutable } = routeOf(exchange, handlers);
  const call = begin(pipeline, exchange, handler);
  exchange.onGone(call);
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
    onJudged: exchange.onJudged,
  });
}

function refuse(exchange: Exchange, unroutable: Unroutable, call: ConnectCall): UniversalServerResponse {
  const { error, status } = unroutable;
  call.fail(error);
  const described = call.describe(error);
  const contentType = exchange.header("content-type");
  // Clients of gRPC and gRPC-Web read their own status, and only with HTTP 200. A malformed host gets a plain HTTP status.
  const ownStatus = protocolOf(contentType) !== "connect" && status !== 400;
  return ownStatus ? errorResponse(contentType, described) : httpRefusal(unroutable, described);
}
