import { X509Certificate } from "node:crypto";

/** What is wrong with the address of a store; follows the name of a setting. Shows nothing of the address: it contains a password. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}

export interface StoreHost {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** The parts of a store's URL, decoded. Replicated stores have several hosts, which the WHATWG URL does not allow. */
export interface StoreUrl {
  readonly scheme: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly hosts: readonly [StoreHost, ...StoreHost[]];
  /** Without the leading slash. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const URL_PARTS = /^([a-z][a-z+]*):\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+))(?::([0-9]{1,5}))?$/i;

/** Throws AddressError. */
export function parseStoreUrl(text: string, schemes: readonly string[]): StoreUrl {
  const [, scheme = "", authority = "", path = "", query = ""] = URL_PARTS.exec(text) ?? [];
  if (!schemes.includes(scheme)) {
    throw new AddressError(
      `must be a URL that begins with ${schemes.map((each) => `${each}://`).join(" or ")}`,
    );
  }
  if (text.includes("#")) throw new AddressError("must not have a # in it: write %23");
  const at = authority.lastIndexOf("@");
  const [username, password] = at < 0 ? [] : credentials(authority.slice(0, at));
  const [first, ...others] = authority
    .slice(at + 1)
    .split(",")
    .map(parseHost);
  if (first === undefined) throw new AddressError("names no host");
  return {
    scheme,
    username,
    password,
    hosts: [first, ...others],
    path: decode(path),
    parameters: parseParameters(query),
  };
}

function credentials(text: string): readonly (string | undefined)[] {
  const colon = text.indexOf(":");
  const parts = colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
  return parts.map((part) => (part === "" ? undefined : decode(part)));
}

function parseHost(text: string): StoreHost {
  const [, address, name, port] = HOST.exec(text) ?? [];
  const host = address ?? name;
  const number = port === undefined ? undefined : Number(port);
  if (host === undefined || number === 0 || (number ?? 1) > 65_535) {
    throw new AddressError("must name its hosts as host or host:port, separated by commas");
  }
  return { host, port: number };
}

function parseParameters(query: string): ReadonlyMap<string, string> {
  const given = [...new URLSearchParams(query)];
  const parameters = new Map(given);
  if (parameters.size < given.length) throw new AddressError("has a parameter twice");
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressError("is not percent-encoded: write % as %25");
  }
}

/**
 * Throws AddressError for unknown parameters, which would otherwise be silently ignored. Names none of them: a question mark in a password is
 * followed by the rest of the password.
 */
export function requireKnownParameters({ parameters }: StoreUrl, known: readonly string[]): void {
  if ([...parameters.keys()].every((name) => known.includes(name))) return;
  const allowed = known.length === 0 ? "no parameter" : `no parameter but ${known.join(" and ")}`;
  throw new AddressError(`takes ${allowed}; a ? in a password is written as %3F`);
}

/** The credentials of the URL, or those given separately. Throws AddressError if both are given: it would be ambiguous. */
export function mergeCredentials(
  url: StoreUrl,
  given: { readonly username: string | undefined; readonly password: string | undefined },
): Pick<StoreUrl, "username" | "password"> {
  for (const part of ["username", "password"] as const) {
    if (url[part] !== undefined && given[part] !== undefined)
      throw new AddressError(`has a ${part} and so does a separate setting: keep one`);
  }
  return { username: url.username ?? given.username, password: url.password ?? given.password };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

/** Throws AddressError unless it contains certificates: Node accepts any text, and then trusts no certificate. */
export function requireCertificates(pem: string): void {
  const certificates = pem.match(CERTIFICATE) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
    if (certificates.length > 0) return;
  } catch {
    // Reported below, like text of the wrong kind.
  }
  throw new AddressError("needs certificates in PEM as its certificate authority");
}
