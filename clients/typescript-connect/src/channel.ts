import { readFileSync } from "node:fs";
import { createMfaClient, type MfaClient } from "@countersign/client";
import type { Settings } from "./settings.js";

// snippet:channel begin
/** Makes the one client that a process needs: it keeps a connection and makes it anew. */
export function openClient(settings: Settings): MfaClient {
  const { target, caFile, certFile, keyFile, token, timeoutMs } = settings;
  // Cleartext is for development on loopback only, and takes no token along.
  if (caFile === undefined)
    return createMfaClient({ baseUrl: `http://${target}`, defaultTimeoutMs: timeoutMs });
  return createMfaClient({
    baseUrl: `https://${target}`,
    defaultTimeoutMs: timeoutMs,
    tls: {
      ca: readFileSync(caFile, "utf8"),
      ...(certFile === undefined ? {} : { cert: readFileSync(certFile, "utf8") }),
      ...(keyFile === undefined ? {} : { key: readFileSync(keyFile, "utf8") }),
    },
    ...(token === undefined ? {} : { credential: token }),
  });
}
// snippet:channel end
