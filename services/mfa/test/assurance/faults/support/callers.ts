import { readFileSync } from "node:fs";
import { create, fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createMfaClient, type MfaClient } from "@countersign/client";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { StatusSchema } from "@countersign/protocol/google/rpc/status_pb.js";
import type { ServiceError } from "@grpc/grpc-js";
import { type GrpcJsClient, grpcJsClient } from "../../../support/client/grpc-js-client.js";
import type { Replica } from "./replica.js";

/** How a program calls the service. */
export interface Caller {
  readonly client: MfaClient;
  /** Undefined: it chooses among the replicas by itself. */
  readonly replica: number | undefined;
  /** Whether it asks again by itself, so that its answer may be that of a later try. */
  readonly retries: boolean;
}

const CHECK_MS = 3_000;
const SEND_MS = 5_000;

const PUBLISHED = readFileSync(
  new URL("../../../../../../docs/service-config-with-request-id.json", import.meta.url),
  "utf8",
);

export interface Callers extends Disposable {
  readonly all: readonly Caller[];
  /** For the books: asks without a word of its own, at one replica after another. */
  readonly plain: readonly Caller[];
}

/** For each replica one that never retries and one by @countersign/client; and one for both by gRPC's own retries, as published. */
export function openCallers(replicas: readonly Replica[]): Callers {
  const plain = replicas.map(({ url }, replica) => {
    const transport = createGrpcTransport({ baseUrl: url, defaultTimeoutMs: CHECK_MS });
    return { client: createClient(MfaService, transport), replica, retries: false };
  });
  const retrying = replicas.map(({ url }, replica) => {
    const client = createMfaClient({ baseUrl: url, defaultTimeoutMs: CHECK_MS, sendTimeoutMs: SEND_MS });
    return { client, replica, retries: true };
  });
  const address = `ipv4:${replicas.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  const grpcJs = grpcJsClient(address, { "grpc.service_config": PUBLISHED });
  const balanced = {
    client: createClient(MfaService, transportOf(grpcJs)),
    replica: undefined,
    retries: true,
  };
  return { all: [...plain, ...retrying, balanced], plain, [Symbol.dispose]: () => grpcJs[Symbol.dispose]() };
}

/** @grpc/grpc-js behind the same interface, with the service's errors as ConnectError. */
function transportOf(client: GrpcJsClient): Transport {
  return {
    async unary(method, _signal, _timeoutMs, _header, input) {
      const message = await client.call(method, create(method.input, input)).catch((error: unknown) => {
        throw toConnectError(error as ServiceError);
      });
      const [header, trailer] = [new Headers(), new Headers()];
      return { stream: false, service: method.parent, method, header, trailer, message };
    },
    stream: () => Promise.reject(new Error("no streams here")),
  };
}

function toConnectError({ details, code, metadata }: ServiceError): ConnectError {
  const error = new ConnectError(details, codeOf(code));
  const [status] = metadata.get("grpc-status-details-bin");
  if (status instanceof Buffer)
    error.details = fromBinary(StatusSchema, status).details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
  return error;
}

/** gRPC's codes, which both libraries name by the same numbers. */
function codeOf(status: number): Code {
  const named = Object.values(Code).find((code) => Number(code) === status);
  return typeof named === "number" ? named : Code.Unknown;
}
