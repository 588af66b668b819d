import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";

/** A page's client, over gRPC-Web by the browser's own fetch. Its origin must be one that the policy lists (`headers.cors_origins`). */
export function openClient(baseUrl: string, fetch = globalThis.fetch): Client<typeof MfaService> {
  return createClient(MfaService, createGrpcWebTransport({ baseUrl, fetch, defaultTimeoutMs: 5_000 }));
}

/** The reason of an error of Countersign's, by which to branch; undefined for any other, a call that the browser did not let out say. */
export function reasonOf(error: unknown): string | undefined {
  const infos = ConnectError.from(error).findDetails(ErrorInfoSchema);
  return infos.find(({ domain }) => domain === "countersign")?.reason;
}
