import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { TransportError } from "../errors/transport-error.js";
import { isWellFormedAuthority } from "../http/authority.js";
import { firstValue } from "../http/header-fields.js";
import type { RequestOrigin } from "../http/request-origin.js";
import type { Call } from "../pipeline/call.js";
import type { Rpc } from "../pipeline/call-context.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import { parseGrpcTimeout } from "../pipeline/timeout.js";
import type { ServedService, UnaryHandler } from "../services/served-service.js";
import { answerFastPath } from "./fast-path-answer.js";
import { GrpcRequestReader } from "./grpc-frame.js";

/**
 * Answers a stream if it is a plain unary gRPC call, and returns the call, to be canceled if the stream closes early. Undefined: the stream is left
 * for Connect's handlers.
 */
export type TakeFastPath = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  origin: RequestOrigin,
) => Call<Uint8Array> | undefined;

interface LeanMethod {
  readonly rpc: Rpc;
  readonly method: DescMethodUnary;
  readonly handler: UnaryHandler<DescMessage, DescMessage>;
}

/**
 * The short path of unary gRPC without compression, over Node's streams alone: no web Headers, no async iteration. It costs a fraction of Connect's
 * handlers, and uses the same pipeline.
 */
export function createGrpcFastPath(pipeline: Pipeline, services: readonly ServedService[]): TakeFastPath {
  const methods = leanMethods(services);
  return (stream, headers, origin) => {
    const path = headers[constants.HTTP2_HEADER_PATH];
    const method = typeof path === "string" ? methods.get(path) : undefined;
    if (method === undefined || !isPlainGrpc(headers)) return undefined;
    return serve(pipeline, method, { stream, headers, origin });
  };
}

function leanMethods(services: readonly ServedService[]): ReadonlyMap<string, LeanMethod> {
  const found = new Map<string, LeanMethod>();
  for (const served of services.flatMap(({ methods }) => methods)) {
    if (served.kind !== "unary") continue;
    const { method, handler } = served;
    const rpc = { service: method.parent.typeName, method: method.name };
    found.set(`/${rpc.service}/${rpc.method}`, { rpc, method, handler });
  }
  return found;
}

function isPlainGrpc(headers: IncomingHttpHeaders): boolean {
  const contentType = headers["content-type"];
  const encoding = headers["grpc-encoding"];
  const authority = headers[constants.HTTP2_HEADER_AUTHORITY];
  // Requests that may come from a browser, or name two hosts, take the path with the rules for those.
  if (headers.origin !== undefined || headers.host !== undefined) return false;
  return (
    (contentType === "application/grpc" || contentType === "application/grpc+proto") &&
    (encoding === undefined || encoding === "identity") &&
    headers[constants.HTTP2_HEADER_METHOD] === constants.HTTP2_METHOD_POST &&
    typeof authority === "string" &&
    isWellFormedAuthority(authority)
  );
}

interface Incoming {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly origin: RequestOrigin;
}

function serve(
  pipeline: Pipeline,
  { rpc, method, handler }: LeanMethod,
  { stream, headers, origin }: Incoming,
): Call<Uint8Array> {
  const header = (name: string) => firstValue(headers[name]);
  const timeout = parseGrpcTimeout(header("grpc-timeout"));
  const { peer, onJudged } = origin;
  const incoming = { rpc, protocol: "grpc", header, peer, timeout, streaming: false, onJudged } as const;
  const call = pipeline.begin<Uint8Array>(incoming);
  const { requestId } = call;
  const contentType = headers["content-type"] ?? "";
  call.onSettled((outcome) =>
    answerFastPath(stream, outcome, { requestId, contentType, reply: call.replied }),
  );

  // Before the body: a call without a caller must not wait for a body that may never end. The refusal waits for data that came with the headers, so
  // that an ordinary small request has been read by then.
  call.enter().catch((thrown: unknown) => setImmediate(() => call.fail(thrown)));

  const reader = new GrpcRequestReader();
  let refused = false;
  // A stream's faults also close it; without a listener they would end the process.
  stream.on("error", () => undefined);
  stream.on("data", (piece: Buffer) => {
    if (refused || call.settled !== undefined) return;
    try {
      reader.push(piece);
    } catch (thrown) {
      refused = true;
      // Authentication comes first, as on every path.
      void call.run(() => {
        throw thrown;
      });
    }
  });
  stream.on("end", () => {
    if (refused || call.settled !== undefined) return;
    void call.run(async () => {
      const request = decode(method, reader);
      return toBinary(method.output, create(method.output, await handler(request, call)));
    });
  });
  return call;
}

function decode({ input }: DescMethodUnary, reader: GrpcRequestReader): Message {
  const bytes = reader.message();
  try {
    return fromBinary(input, bytes, { readUnknownFields: false });
  } catch {
    throw new TransportError("MALFORMED_REQUEST", "the request could not be decoded");
  }
}
