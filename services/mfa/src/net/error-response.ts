import {
  createAsyncIterable,
  encodeEnvelope,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, endStreamFlag, errorToJson } from "@connectrpc/connect/protocol-connect";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { RpcError } from "../rpc/errors.js";
import { toConnectError } from "./connect-error.js";
import { grpcErrorTrailers } from "./grpc-status.js";
import { protocolOf } from "./protocol.js";

/**
 * The whole answer to a call that failed before its first message, in the protocol of its request. For gRPC it has no body
 * and no trailers of its own: only an answer in one block of headers (Trailers-Only) lets a generated client retry.
 */
export function errorResponse(contentType: string | undefined, error: RpcError): UniversalServerResponse {
  switch (protocolOf(contentType)) {
    case "grpc":
      return {
        status: 200,
        header: new Headers({ "content-type": contentType ?? "", ...grpcErrorTrailers(error) }),
      };
    case "grpc-web": {
      const trailer = trailerSerialize(new Headers(grpcErrorTrailers(error)));
      return withBody(200, contentType ?? "", encodeEnvelope(trailerFlag, trailer));
    }
    case "connect":
      return connectErrorResponse(contentType, error);
  }
}

function connectErrorResponse(contentType: string | undefined, error: RpcError): UniversalServerResponse {
  const json = errorToJson(toConnectError(error), undefined);
  if (contentType?.startsWith("application/connect+") === true) {
    const end = new TextEncoder().encode(JSON.stringify({ error: json }));
    return withBody(200, contentType, encodeEnvelope(endStreamFlag, end));
  }
  return withBody(
    codeToHttpStatus(error.code),
    "application/json",
    new TextEncoder().encode(JSON.stringify(json)),
  );
}

function withBody(status: number, contentType: string, body: Uint8Array): UniversalServerResponse {
  const header = new Headers({ "content-type": contentType, "content-length": String(body.byteLength) });
  return { status, header, body: createAsyncIterable([body]) };
}
