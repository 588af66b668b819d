import { ConnectError, createContextValues } from "@connectrpc/connect";
import type {
  UniversalHandler,
  UniversalServerRequest,
  UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import type { RpcError } from "../errors/rpc-error.js";
import type { Exchange } from "../http/exchange.js";
import { errorResponse } from "../refusals/error-response.js";
import { refusalOf } from "../refusals/refusal.js";
import { CALL_BINDING, type CallBinding, type ConnectCall } from "./connect-handlers.js";

/**
 * Delegates decoding, the handler call and encoding to Connect. Every error is sent in our own encoding, including those that Connect detects itself
 * and would send without an ErrorInfo. Undefined if the client went away.
 */
export async function askConnect(
  exchange: Exchange,
  handler: UniversalHandler,
  call: ConnectCall,
): Promise<UniversalServerResponse | undefined> {
  const contentType = exchange.header("content-type");
  // Before Connect, which costs several times as much as a refusal, and unauthenticated clients can cause many.
  const refused = await refusalOfCaller(call);
  if (refused !== undefined) return errorResponse(contentType, refused, call.replied);
  const tie: CallBinding = { call };
  const answered = handler(universalRequest(exchange, tie)).catch((thrown: unknown) => {
    // Its refusal quotes the request, and so may contain what its own encoding refuses, such as half of a surrogate pair.
    const refusal: unknown = tie.signal?.reason;
    call.fail(refusal instanceof ConnectError ? refusalOf(refusal, handler.method.input) : thrown);
    return undefined;
  });
  const ended = new Promise<typeof answered | undefined>((resolve) => {
    call.onSettled(({ kind }) => resolve(kind === "answered" ? answered : undefined));
  });
  const response = await Promise.race([answered, ended]);

  const { settled } = call;
  if (settled?.kind === "canceled") return undefined;
  if (settled?.kind === "failed") return errorResponse(contentType, settled.error, call.replied);
  const refusal: unknown = tie.signal?.reason;
  if (!(refusal instanceof ConnectError)) return response;
  const fault = settled === undefined ? refusalOf(refusal, handler.method.input) : refusal;
  call.fail(fault);
  return errorResponse(contentType, call.describe(fault));
}

/** The result of a call whose caller is not admitted. Undefined if it is, or if the client went away. */
async function refusalOfCaller(call: ConnectCall): Promise<RpcError | undefined> {
  try {
    await call.enter();
  } catch (thrown) {
    call.fail(thrown);
  }
  return call.settled?.kind === "failed" ? call.settled.error : undefined;
}

function universalRequest(exchange: Exchange, tie: CallBinding): UniversalServerRequest {
  const header = exchange.headers();
  // The pipeline enforces the deadline; Connect would refuse a long one instead of capping it.
  header.delete("grpc-timeout");
  header.delete("connect-timeout-ms");
  return {
    httpVersion: exchange.httpVersion,
    method: exchange.method,
    url: `http://localhost${exchange.path}`,
    header,
    body: exchange.body,
    signal: tie.call.signal,
    contextValues: createContextValues().set(CALL_BINDING, tie),
  };
}
