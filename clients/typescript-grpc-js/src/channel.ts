import { readFileSync } from "node:fs";
import { type ChannelCredentials, credentials, Metadata } from "@grpc/grpc-js";
import { MfaServiceClient } from "./gen/countersign/mfa/v1/mfa_service.js";
import type { Settings } from "./settings.js";

// snippet:channel begin
/** Makes the one client that a process needs: it keeps connections, spreads calls over them and makes them anew. */
export function openClient(settings: Settings): MfaServiceClient {
  return new MfaServiceClient(settings.target, credentialsOf(settings), {
    // As Countersign publishes it: time limits, and retries of UNAVAILABLE where a call is safe to repeat.
    "grpc.service_config": settings.serviceConfig,
  });
}

function credentialsOf({ caFile, certFile, keyFile, token }: Settings): ChannelCredentials {
  if (caFile === undefined) return credentials.createInsecure(); // development on loopback only
  const tls = credentials.createSsl(read(caFile), read(keyFile), read(certFile));
  if (token === undefined) return tls;
  // Asked on each call.
  const bearer = credentials.createFromMetadataGenerator((_, callback) => {
    token().then((value) => callback(null, bearerOf(value)), callback);
  });
  return credentials.combineChannelCredentials(tls, bearer);
}

function bearerOf(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}
// snippet:channel end

function read(path: string | undefined): Buffer | null {
  return path === undefined ? null : readFileSync(path);
}
