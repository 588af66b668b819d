import { BlockList, isIP } from "node:net";

/** A request header by its lower-case name. */
export type HeaderLookup = (name: string) => string | undefined;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const COMMON = "127.0.0.1";

/** Whether an address belongs to this machine; an IPv4 address in IPv6 form counts as the IPv4 address. */
function isLoopbackAddress(address: string): boolean {
  if (address === COMMON) return true;
  const plain = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  const family = isIP(plain);
  return family !== 0 && loopback.check(plain, family === 4 ? "ipv4" : "ipv6");
}

/**
 * Whether a URL names this machine. A page from elsewhere can have its own name resolve to 127.0.0.1 (DNS rebinding) and so reach what listens there,
 * but its browser still sends the page's own name.
 */
export function isLoopbackUrl(url: string): boolean {
  const hostname = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "") : "";
  return hostname === "localhost" || isLoopbackAddress(hostname);
}

/** Headers that proxies add (RFC 7239, RFC 9110 section 7.6.3, and others in use). */
const PROXY_HEADERS = [
  "forwarded",
  "via",
  "x-forwarded-by",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-forwarded-server",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-envoy-external-address",
  "x-original-forwarded-for",
  "cf-connecting-ip",
  "fastly-client-ip",
  "true-client-ip",
];

/**
 * Whether a program on this machine sent the request to a name of this machine, for what only loopback may do. Behind a reverse proxy on this machine
 * all requests come from loopback: one that names another host, or has a proxy's header, is not local. A proxy that rewrites the host and adds no
 * header cannot be detected.
 */
export function isSentLocally(request: {
  readonly address: string;
  readonly host: string | undefined;
  readonly header: HeaderLookup;
}): boolean {
  const { address, host, header } = request;
  return (
    isLoopbackAddress(address) &&
    host !== undefined &&
    isLoopbackUrl(`http://${host}`) &&
    PROXY_HEADERS.every((name) => header(name) === undefined)
  );
}
