import { type TlsMaterial, tlsProblems } from "@countersign/rpc-server";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import type { TlsConfig } from "../config/listener/tls-config.js";
import { readSourceFile } from "../config/read-source-file.js";
import { type Reloads, reporting } from "./reloads.js";
import { type Watched, watch } from "./watched.js";

/**
 * The listener's certificates and key, watched for renewals, each of which calls `renew`. Throws ConfigurationError if they cannot be read or do not
 * match. Certificate and key are checked as a pair, so that a renewal read between its two files is refused until it is complete.
 */
export async function openListenerTls(
  config: TlsConfig,
  reloads: Reloads,
  renew: (material: TlsMaterial) => void,
): Promise<Watched<TlsMaterial>> {
  return watch({
    read: () => readMaterial(config),
    parse: (material) => {
      const problems = tlsProblems(material, new Date());
      if (problems.length > 0) throw new ConfigurationError(problems.map((problem) => `TLS: ${problem}`));
      return material;
    },
    intervalMs: reloads.intervalMs,
    ...reporting("tls", reloads, renew),
  });
}

function readMaterial({ certFile, keyFile, clientCa }: TlsConfig): TlsMaterial {
  const cert = readSourceFile("TLS_CERT_FILE", certFile);
  const key = readSourceFile("TLS_KEY_FILE", keyFile);
  if (clientCa === undefined) return { cert, key };
  return {
    cert,
    key,
    clientCa: readSourceFile("TLS_CLIENT_CA_FILE", clientCa.file),
    requireClientCert: clientCa.auth === "require",
  };
}
