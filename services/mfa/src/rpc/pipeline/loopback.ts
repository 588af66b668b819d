import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const COMMON = "127.0.0.1";

/** Whether an address belongs to this machine; an IPv4 address in IPv6 form counts as the IPv4 address. */
export function isLoopbackAddress(address: string): boolean {
  if (address === COMMON) return true;
  const plain = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  const family = isIP(plain);
  return family !== 0 && loopback.check(plain, family === 4 ? "ipv4" : "ipv6");
}

/**
 * Whether a URL names this machine. A page from elsewhere can have its own name resolve to 127.0.0.1 (DNS rebinding) and so reach
 * what listens there, but its browser still says the page's own name.
 */
export function isLoopbackUrl(url: string): boolean {
  const hostname = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "") : "";
  return hostname === "localhost" || isLoopbackAddress(hostname);
}
