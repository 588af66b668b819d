import {
  anyText,
  optionalText,
  type Secret,
  type SettingsReader,
  type SettingValues,
  text,
} from "@countersign/settings";
import { urlForm } from "../forms/url-form.js";
import type { Ambient } from "../security/security-source.js";

export const CALLER_SETTINGS = {
  CALLERS_FILE: optionalText(anyText, {
    doc: "File of the callers and what each may do, YAML or JSON; see callers.md. Required in staging and production.",
  }),
  CALLER_JWT_ISSUER: optionalText(anyText, {
    doc: "The `iss` of callers' tokens. Without it no token is accepted.",
  }),
  CALLER_JWT_AUDIENCE: text(anyText, {
    default: "countersign",
    doc: "What the `aud` of callers' tokens must be or contain.",
  }),
  CALLER_JWKS_FILE: optionalText(anyText, {
    doc: "File of a JSON Web Key Set with the issuer's public keys (RS256, ES256, EdDSA), instead of `JWT_SECRET`. It is read again when it changes.",
  }),
  CALLER_JWKS_URL: optionalText(urlForm(["https:", "http:"]), {
    doc: "Where the issuer publishes that key set, instead of the file: `https`, or `http` on loopback. Read every five minutes and when an unknown key turns up, at most twice a minute; while it does not answer, the keys stay good for an hour.",
  }),
} as const;
/** Who may call, and how callers authenticate. */
export interface CallerConfig {
  /** Lists the callers and what each may do. */
  readonly file: string;
  /** Undefined: no bearer token is accepted, client certificates only. */
  readonly bearer: BearerConfig | undefined;
}

/** The requirements on every bearer token. */
export interface BearerConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Exactly one source: with two kinds of keys, a public key could be used as an HMAC secret (CVE-2015-9235). */
  readonly keys:
    | {
        readonly kind: "secret";
        readonly secret: Secret;
        readonly algorithm: keyof typeof SECRET_BYTES;
      }
    | { readonly kind: "jwks-file"; readonly path: string }
    | { readonly kind: "jwks-url"; readonly url: string };
}

/** An HMAC key is at least as long as its digest (RFC 7518 section 3.2). */
const SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const;

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Undefined: no caller is configured. The environment decides whether the service may start without. */
export function readCallerConfig(
  reader: SettingsReader,
  { certificates, ambient }: { readonly certificates: boolean; readonly ambient: Ambient },
): CallerConfig | undefined {
  const given = reader.read(CALLER_SETTINGS);
  const file = given.CALLERS_FILE;
  const bearer = readBearer(reader, given, ambient);
  if (file === undefined) {
    if (bearer !== undefined) reader.report("CALLERS_FILE", "is required with CALLER_JWT_ISSUER");
    if (certificates) reader.report("CALLERS_FILE", "is required with TLS_CLIENT_CA_FILE");
    return undefined;
  }
  if (bearer === undefined && !certificates) {
    reader.report(
      "CALLERS_FILE",
      "needs CALLER_JWT_ISSUER (bearer tokens) or TLS_CLIENT_CA_FILE (client certificates)",
    );
  }
  return { file, bearer };
}

type Given = SettingValues<typeof CALLER_SETTINGS>;

function readBearer(reader: SettingsReader, given: Given, ambient: Ambient): BearerConfig | undefined {
  const { CALLER_JWT_ISSUER: issuer, CALLER_JWKS_FILE: path } = given;
  const url = overTls(reader, given.CALLER_JWKS_URL);
  if (path !== undefined && url !== undefined)
    reader.report("CALLER_JWKS_FILE", "and CALLER_JWKS_URL are both set");
  if (issuer === undefined) {
    const alone = ["CALLER_JWT_AUDIENCE", "CALLER_JWKS_FILE", "CALLER_JWKS_URL"].filter((name) =>
      reader.isSet(name),
    );
    if (alone.length > 0) reader.report("CALLER_JWT_ISSUER", `is required with ${alone.join(" and ")}`);
    return undefined;
  }
  const common = { issuer, audience: given.CALLER_JWT_AUDIENCE };
  if (path !== undefined) return { ...common, keys: { kind: "jwks-file", path } };
  if (url !== undefined) return { ...common, keys: { kind: "jwks-url", url } };
  const keys = readSecret(reader, ambient);
  return keys === undefined ? undefined : { ...common, keys };
}

/** Keys fetched over the network must be authentic: over TLS, or from this machine. */
function overTls(reader: SettingsReader, url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || LOOPBACK_HOSTS.has(hostname)) return url;
  reader.report("CALLER_JWKS_URL", "must begin with https://, except for a loopback address");
  return undefined;
}

function readSecret(
  reader: SettingsReader,
  { jwtAlgorithm: algorithm, jwtSecret: secret }: Ambient,
): BearerConfig["keys"] | undefined {
  if (secret === undefined) {
    reader.report("CALLER_JWT_ISSUER", "needs JWT_SECRET, CALLER_JWKS_FILE or CALLER_JWKS_URL");
    return undefined;
  }
  if (Buffer.byteLength(secret.reveal()) < SECRET_BYTES[algorithm]) {
    reader.report("JWT_SECRET", `must have at least ${SECRET_BYTES[algorithm]} bytes for ${algorithm}`);
  }
  return { kind: "secret", secret, algorithm };
}
