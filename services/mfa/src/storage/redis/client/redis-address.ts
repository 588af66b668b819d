import type { ConnectionOptions } from "node:tls";
import {
  AddressError,
  mergeCredentials,
  parseStoreUrl,
  requireCertificates,
  requireKnownParameters,
  type StoreHost,
  type StoreUrl,
} from "../../store-url.js";

/** The address of Redis, as configured. */
export interface RedisAddress {
  /** The scheme selects the topology: see `REDIS_SCHEMES`. */
  readonly url: string;
  /** Overrides the URL's. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** For the Sentinels themselves, which have their own users. */
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** PEM of the trusted certificate authorities for the servers. Undefined: those that Node trusts. */
  readonly ca?: string | undefined;
}

/** Each without and with TLS, which then also applies to Sentinels. */
const REDIS_SCHEMES = {
  redis: { topology: "single", tls: false },
  rediss: { topology: "single", tls: true },
  "redis+sentinel": { topology: "sentinel", tls: false },
  "rediss+sentinel": { topology: "sentinel", tls: true },
  "redis+cluster": { topology: "cluster", tls: false },
  "rediss+cluster": { topology: "cluster", tls: true },
} as const;

interface Host {
  readonly host: string;
  readonly port: number;
}

/** How to reach Redis. */
export type RedisTarget = {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: ConnectionOptions | undefined;
} & (
  | { readonly topology: "single"; readonly server: Host; readonly database: number }
  | {
      readonly topology: "sentinel";
      readonly sentinels: readonly Host[];
      /** The Sentinels' name of the group of servers. */
      readonly group: string;
      readonly database: number;
      readonly sentinelUsername: string | undefined;
      readonly sentinelPassword: string | undefined;
    }
  | { readonly topology: "cluster"; readonly nodes: readonly Host[] }
);

/** Throws AddressError. */
export function redisTarget(address: RedisAddress): RedisTarget {
  const url = parseStoreUrl(address.url, Object.keys(REDIS_SCHEMES));
  const { topology, tls } = REDIS_SCHEMES[url.scheme as keyof typeof REDIS_SCHEMES];
  if (!tls && address.ca !== undefined)
    throw new AddressError("must begin with rediss to use the certificate authority");
  if (address.ca !== undefined) requireCertificates(address.ca);
  const { sentinelUsername, sentinelPassword } = address;
  if (topology !== "sentinel" && (sentinelUsername ?? sentinelPassword) !== undefined)
    throw new AddressError("must name Sentinels to use their credentials");
  requireKnownParameters(url, topology === "sentinel" ? ["name"] : []);
  const common = {
    ...mergeCredentials(url, { username: address.username, password: address.password }),
    tls: tls ? tlsOptions(address.ca) : undefined,
  };
  switch (topology) {
    case "single":
      return { ...common, topology, server: onlyHost(url), database: databaseOf(url) };
    case "sentinel":
      return {
        ...common,
        topology,
        sentinels: url.hosts.map((host) => withPort(host, 26_379)),
        group: groupOf(url),
        database: databaseOf(url),
        sentinelUsername,
        sentinelPassword,
      };
    case "cluster":
      if (databaseOf(url) !== 0) throw new AddressError("must not name a database: a cluster has only 0");
      return { ...common, topology, nodes: url.hosts.map((host) => withPort(host, 6_379)) };
  }
}

function tlsOptions(ca: string | undefined): ConnectionOptions {
  return ca === undefined ? {} : { ca };
}

function onlyHost({ hosts }: StoreUrl): Host {
  if (hosts.length > 1)
    throw new AddressError("names several hosts: begin it with redis+sentinel or redis+cluster");
  return withPort(hosts[0], 6_379);
}

function withPort({ host, port }: StoreHost, fallback: number): Host {
  return { host, port: port ?? fallback };
}

function groupOf({ parameters }: StoreUrl): string {
  const name = parameters.get("name") ?? "";
  if (name === "") throw new AddressError("must end in ?name= and the Sentinels' name of the group");
  return name;
}

function databaseOf({ path }: StoreUrl): number {
  if (!/^[0-9]{0,5}$/.test(path)) throw new AddressError("must have a database number as its path");
  return Number(path);
}
