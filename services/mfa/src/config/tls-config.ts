import type { EnvironmentReader } from "./environment-reader.js";

/** TLS of the listener. The files are followed, so that renewed certificates need no restart. */
export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of client certificates. `request` lets clients without one in, to show a bearer token; `require` refuses them. */
  readonly clientCa: { readonly file: string; readonly auth: "request" | "require" } | undefined;
}

/** Undefined: cleartext. */
export function readTlsConfig(reader: EnvironmentReader): TlsConfig | undefined {
  const certFile = reader.text("TLS_CERT_FILE");
  const keyFile = reader.text("TLS_KEY_FILE");
  const clientCa = readClientCa(reader);
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile, clientCa };
  if ((certFile ?? keyFile) !== undefined) {
    reader.report(`${certFile === undefined ? "TLS_CERT_FILE" : "TLS_KEY_FILE"} is required with the other`);
  } else if (clientCa !== undefined) {
    reader.report("TLS_CERT_FILE and TLS_KEY_FILE are required with TLS_CLIENT_CA_FILE");
  }
  return undefined;
}

function readClientCa(reader: EnvironmentReader): TlsConfig["clientCa"] {
  const file = reader.text("TLS_CLIENT_CA_FILE");
  const fallback = file === undefined ? "off" : "require";
  const auth = reader.choice("TLS_CLIENT_AUTH", ["off", "request", "require"], fallback);
  if (file === undefined) {
    if (auth !== "off") reader.report("TLS_CLIENT_CA_FILE is required unless TLS_CLIENT_AUTH is off");
    return undefined;
  }
  if (auth !== "off") return { file, auth };
  reader.report("TLS_CLIENT_CA_FILE has no use while TLS_CLIENT_AUTH is off");
  return undefined;
}
