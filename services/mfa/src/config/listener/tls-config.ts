import { anyText, optionalChoice, optionalText, type SettingsReader } from "@countersign/settings";

export const TLS_SETTINGS = {
  TLS_CERT_FILE: optionalText(anyText, {
    doc: "File of the listener's certificate chain, PEM. Without it and its key the port speaks cleartext.",
  }),
  TLS_KEY_FILE: optionalText(anyText, { doc: "File of its private key, PEM." }),
  TLS_CLIENT_CA_FILE: optionalText(anyText, {
    doc: "File of the authorities of client certificates, PEM.",
  }),
  TLS_CLIENT_AUTH: optionalChoice(["off", "request", "require"], {
    absent: "`require` with an authority, else `off`",
    doc: "`request` also lets clients without a certificate in, which must then send a token.",
  }),
} as const;

/** TLS of the listener. The files are watched, so that renewed certificates need no restart. */
export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of client certificates. `request` admits clients without a certificate, to use a bearer token; `require` refuses them. */
  readonly clientCa: { readonly file: string; readonly auth: "request" | "require" } | undefined;
}

/** Undefined: cleartext. */
export function readTlsConfig(reader: SettingsReader): TlsConfig | undefined {
  const given = reader.read(TLS_SETTINGS);
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = given;
  const clientCa = readClientCa(reader, given.TLS_CLIENT_CA_FILE, given.TLS_CLIENT_AUTH);
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile, clientCa };
  if ((certFile ?? keyFile) !== undefined) {
    reader.report(certFile === undefined ? "TLS_CERT_FILE" : "TLS_KEY_FILE", "is required with the other");
  } else if (clientCa !== undefined) {
    reader.report("TLS_CERT_FILE", "and TLS_KEY_FILE are required with TLS_CLIENT_CA_FILE");
  }
  return undefined;
}

function readClientCa(
  reader: SettingsReader,
  file: string | undefined,
  chosen: "off" | "request" | "require" | undefined,
): TlsConfig["clientCa"] {
  if (file === undefined) {
    if ((chosen ?? "off") !== "off")
      reader.report("TLS_CLIENT_CA_FILE", "is required unless TLS_CLIENT_AUTH is off");
    return undefined;
  }
  if (chosen !== "off") return { file, auth: chosen ?? "require" };
  reader.report("TLS_CLIENT_CA_FILE", "is unused while TLS_CLIENT_AUTH is off");
  return undefined;
}
