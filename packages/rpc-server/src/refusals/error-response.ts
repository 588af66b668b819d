import {
  createAsyncIterable,
  encodeEnvelope,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, endStreamFlag, errorToJson } from "@connectrpc/connect/protocol-connect";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { RpcError } from "../errors/rpc-error.js";
import { protocolOf } from "../http/protocol.js";
import type { ReplyMetadata } from "../pipeline/call-context.js";
import { toConnectError } from "./connect-error.js";
import { grpcErrorTrailers } from "./grpc-status.js";
import { retryAfter } from "./retry-after.js";

/**
 * The complete answer to a call that failed before its first message, in the protocol of its request. For gRPC it has no body and no trailers of its
 * own: only an answer in one block of headers (Trailers-Only) lets a generated client retry.
 */
export function errorResponse(
  contentType: string | undefined,
  error: RpcError,
  reply?: ReplyMetadata,
): UniversalServerResponse {
  const header = new Headers(reply?.headers);
  const trailer = new Headers(reply?.trailers);
  switch (protocolOf(contentType)) {
    case "grpc":
      setAll(trailer, new Headers(grpcErrorTrailers(error)));
      setAll(header, trailer);
      header.set("content-type", contentType ?? "");
      return { status: 200, header };
    case "grpc-web":
      setAll(trailer, new Headers(grpcErrorTrailers(error)));
      return withBody(200, { header, contentType }, encodeEnvelope(trailerFlag, trailerSerialize(trailer)));
    case "connect":
      return connectErrorResponse(error, { header, trailer, contentType });
  }
}

interface ConnectHead {
  readonly header: Headers;
  readonly trailer: Headers;
  readonly contentType: string | undefined;
}

function connectErrorResponse(
  error: RpcError,
  { header, trailer, contentType }: ConnectHead,
): UniversalServerResponse {
  const json = errorToJson(toConnectError(error), undefined);
  if (contentType?.startsWith("application/connect+") === true) {
    const end = JSON.stringify({ error: json, metadata: metadataOf(trailer) });
    return withBody(
      200,
      { header, contentType },
      encodeEnvelope(endStreamFlag, new TextEncoder().encode(end)),
    );
  }
  for (const [name, value] of trailer) header.append(`trailer-${name}`, value);
  setAll(header, new Headers(retryAfter(error)));
  const body = new TextEncoder().encode(JSON.stringify(json));
  return withBody(codeToHttpStatus(error.code), { header, contentType: "application/json" }, body);
}

/** Trailers in the form of a Connect stream: each name with a list of values. */
function metadataOf(trailer: Headers): Record<string, string[]> {
  return Object.fromEntries([...trailer].map(([name, value]) => [name, [value]]));
}

function setAll(target: Headers, fields: Headers): void {
  for (const [name, value] of fields) target.set(name, value);
}

function withBody(
  status: number,
  { header, contentType }: { readonly header: Headers; readonly contentType: string | undefined },
  body: Uint8Array,
): UniversalServerResponse {
  header.set("content-type", contentType ?? "");
  header.set("content-length", String(body.byteLength));
  return { status, header, body: createAsyncIterable([body]) };
}
