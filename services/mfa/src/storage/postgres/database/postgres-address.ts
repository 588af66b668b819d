import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import {
  AddressError,
  mergeCredentials,
  parseStoreUrl,
  requireCertificates,
  requireKnownParameters,
  type StoreHost,
} from "../../store-url.js";

/** The address of Postgres, as configured. */
export interface PostgresAddress {
  /** As libpq takes it: `postgres://user:password@one:5432,two:5432/database?sslmode=verify-full`. */
  readonly url: string;
  /** Overrides the URL's. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of the trusted certificate authorities for the server. Undefined: those that Node trusts. */
  readonly ca?: string | undefined;
}

/** One of several servers that may be the primary. Undefined values mean the driver's default. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly database: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: ConnectionOptions | false;
}

const DEFAULT_PORT = 5_432;
/** Without `allow` and `prefer`, which let an attacker in between force cleartext. */
const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"];

/** The servers to try, in the given order. Throws AddressError. */
export function postgresServers(address: PostgresAddress): readonly [PostgresServer, ...PostgresServer[]] {
  const url = parseStoreUrl(address.url, ["postgres", "postgresql"]);
  requireKnownParameters(url, ["sslmode"]);
  const mode = url.parameters.get("sslmode") ?? "disable";
  if (!SSL_MODES.includes(mode)) throw new AddressError(`must have an sslmode of ${SSL_MODES.join(", ")}`);
  if (mode === "disable" && address.ca !== undefined)
    throw new AddressError("needs sslmode=verify-full to use the certificate authority");
  if (address.ca !== undefined) requireCertificates(address.ca);
  const database = url.path === "" ? undefined : url.path;
  const credentials = mergeCredentials(url, { username: address.username, password: address.password });
  const server = ({ host, port = DEFAULT_PORT }: StoreHost): PostgresServer => ({
    host,
    port,
    database,
    ...credentials,
    tls: tlsOptions(mode, host, address.ca),
  });
  const [first, ...others] = url.hosts;
  return [server(first), ...others.map(server)];
}

/** The modes as in libpq: `require` alone does not authenticate the server, and with an authority it means `verify-ca`. */
function tlsOptions(mode: string, host: string, ca: string | undefined): ConnectionOptions | false {
  if (mode === "disable") return false;
  if (mode === "require" && ca === undefined) return { rejectUnauthorized: false };
  const authorities = ca === undefined ? {} : { ca };
  // Verified against the configured host: the driver passes no name for an IP address, and Node would then check "localhost".
  const identity = (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
    mode === "verify-full" ? checkServerIdentity(host, certificate) : undefined;
  return { ...authorities, rejectUnauthorized: true, checkServerIdentity: identity };
}
