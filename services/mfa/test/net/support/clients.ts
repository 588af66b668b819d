import { type Client, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";

const transports = {
  "gRPC over HTTP/2": (baseUrl: string) => createGrpcTransport({ baseUrl }),
  // Compressed requests leave the short path and go through Connect's handlers.
  "gRPC with gzip": (baseUrl: string) =>
    createGrpcTransport({ baseUrl, sendCompression: compressionGzip, compressMinBytes: 0 }),
  "gRPC-Web over HTTP/2": (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  "gRPC-Web over HTTP/1.1": (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect in JSON over HTTP/1.1": (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "Connect in binary over HTTP/2": (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
} satisfies Record<string, (baseUrl: string) => Transport>;

export type ClientKind = keyof typeof transports;

export const clientKinds = Object.keys(transports) as ClientKind[];

export function transportOf(kind: ClientKind, url: string): Transport {
  return transports[kind](url);
}

export function mfaClient(kind: ClientKind, url: string): Client<typeof MfaService> {
  return createClient(MfaService, transportOf(kind, url));
}

/** The error that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error("the call was expected to fail");
}

/** The reason in the one ErrorInfo that every error must carry. */
export function reasonOf(error: ConnectError): string {
  const infos = error.findDetails(ErrorInfoSchema);
  if (infos.length !== 1 || infos[0]?.domain !== "countersign") {
    throw new Error(`expected one ErrorInfo of countersign, found ${infos.length} in ${error.message}`);
  }
  return infos[0].reason;
}
