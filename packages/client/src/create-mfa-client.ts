import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";

export type MfaClient = Client<typeof MfaService>;

export interface MfaClientOptions {
  /** For example `http://127.0.0.1:50051` or `https://countersign.internal`. */
  readonly baseUrl: string;
  /** Gives the bearer token of each call, without the word Bearer. Called for every call: tokens live for minutes. */
  readonly credential?: () => string | Promise<string>;
  /** For an `https` address, all in PEM: an authority in place of the system's, and a client certificate that names the caller. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Time limit of a call without one of its own, in milliseconds. Default 5,000. */
  readonly defaultTimeoutMs?: number;
}

/** A typed client of MfaService over gRPC. One is enough for a process: it keeps one connection and makes it anew when it breaks. */
export function createMfaClient(options: MfaClientOptions): MfaClient {
  const transport = createGrpcTransport({
    baseUrl: options.baseUrl,
    defaultTimeoutMs: options.defaultTimeoutMs ?? 5_000,
    ...(options.tls === undefined ? {} : { nodeOptions: options.tls }),
    interceptors: options.credential === undefined ? [] : [bearer(options.credential)],
  });
  return createClient(MfaService, transport);
}

function bearer(credential: () => string | Promise<string>): Interceptor {
  return (next) => async (request) => {
    request.header.set("authorization", `Bearer ${await credential()}`);
    return next(request);
  };
}
