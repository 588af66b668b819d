import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { StatusSchema } from "@countersign/protocol/google/rpc/status_pb.js";
import type { RpcError } from "../errors/rpc-error.js";
import type { HeaderFields } from "../http/header-fields.js";

/** The trailers of an error for gRPC clients, including details. */
export function grpcErrorTrailers(error: RpcError): HeaderFields {
  const { code, message, details, retryAfterMs } = error;
  const status = create(StatusSchema, {
    code,
    message,
    details: details.map(({ desc, value }) => anyPack(desc, value)),
  });
  return {
    "grpc-status": String(code),
    "grpc-message": percentEncode(message),
    "grpc-status-details-bin": Buffer.from(toBinary(StatusSchema, status))
      .toString("base64")
      .replace(/=+$/, ""),
    ...(code === Code.Unavailable && retryAfterMs !== undefined
      ? { "grpc-retry-pushback-ms": String(Math.ceil(retryAfterMs)) }
      : {}),
  };
}

/** Percent-encodes exactly what the gRPC specification requires, because clients differ in what they decode. */
function percentEncode(message: string): string {
  return message.replace(/[^\x20-\x24\x26-\x7e]+/g, (run) =>
    Buffer.from(run).toString("hex").toUpperCase().replace(/../g, "%$&"),
  );
}
