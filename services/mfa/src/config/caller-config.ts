import type { Secret } from "@countersign/security-config";
import type { EnvironmentReader } from "./environment-reader.js";
import type { Ambient } from "./security-source.js";

/** Who may call, and how callers show who they are. */
export interface CallerConfig {
  /** Lists the callers and what each may do. */
  readonly file: string;
  /** Undefined: no bearer token is accepted, client certificates only. */
  readonly bearer: BearerConfig | undefined;
}

/** What every bearer token must match. */
export interface BearerConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Exactly one source, because a key that fits two kinds of algorithm lets a public key be used as a secret (CVE-2015-9235). */
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

/** Undefined: no caller is configured. Whether the service may start then is for its environment to say. */
export function readCallerConfig(
  reader: EnvironmentReader,
  { certificates, ambient }: { readonly certificates: boolean; readonly ambient: Ambient },
): CallerConfig | undefined {
  const file = reader.text("CALLERS_FILE");
  const bearer = readBearer(reader, ambient);
  if (file === undefined) {
    if (bearer !== undefined) reader.report("CALLERS_FILE is required with CALLER_JWT_ISSUER");
    if (certificates) reader.report("CALLERS_FILE is required with TLS_CLIENT_CA_FILE");
    return undefined;
  }
  if (bearer === undefined && !certificates) {
    reader.report(
      "CALLERS_FILE needs CALLER_JWT_ISSUER (bearer tokens) or TLS_CLIENT_CA_FILE (client certificates)",
    );
  }
  return { file, bearer };
}

function readBearer(reader: EnvironmentReader, ambient: Ambient): BearerConfig | undefined {
  const issuer = reader.text("CALLER_JWT_ISSUER");
  const audience = reader.text("CALLER_JWT_AUDIENCE");
  const path = reader.text("CALLER_JWKS_FILE");
  const url = readJwksUrl(reader);
  if (path !== undefined && url !== undefined)
    reader.report("CALLER_JWKS_FILE and CALLER_JWKS_URL are both set");
  if (issuer === undefined) {
    const given = Object.entries({
      CALLER_JWT_AUDIENCE: audience,
      CALLER_JWKS_FILE: path,
      CALLER_JWKS_URL: url,
    });
    for (const [name, value] of given) {
      if (value !== undefined) reader.report(`CALLER_JWT_ISSUER is required with ${name}`);
    }
    return undefined;
  }
  const common = { issuer, audience: audience ?? "countersign" };
  if (path !== undefined) return { ...common, keys: { kind: "jwks-file", path } };
  if (url !== undefined) return { ...common, keys: { kind: "jwks-url", url } };
  const keys = readSecret(reader, ambient);
  return keys === undefined ? undefined : { ...common, keys };
}

/** Keys that come over the network must come from whom they say: over TLS, or from this machine. */
function readJwksUrl(reader: EnvironmentReader): string | undefined {
  const url = reader.url("CALLER_JWKS_URL", ["https:", "http:"]);
  if (url === undefined) return undefined;
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || LOOPBACK_HOSTS.has(hostname)) return url;
  reader.report("CALLER_JWKS_URL must begin with https://, save for a loopback address");
  return undefined;
}

function readSecret(
  reader: EnvironmentReader,
  { jwtAlgorithm: algorithm, jwtSecret: secret }: Ambient,
): BearerConfig["keys"] | undefined {
  if (secret === undefined) {
    reader.report("JWT_SECRET, CALLER_JWKS_FILE or CALLER_JWKS_URL is required with CALLER_JWT_ISSUER");
    return undefined;
  }
  if (Buffer.byteLength(secret.reveal()) < SECRET_BYTES[algorithm]) {
    reader.report(`JWT_SECRET must have at least ${SECRET_BYTES[algorithm]} bytes for ${algorithm}`);
  }
  return { kind: "secret", secret, algorithm };
}
