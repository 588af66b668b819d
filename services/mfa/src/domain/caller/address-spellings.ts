import { parseIpRange } from "@countersign/security-config";

/**
 * In lower case, how the address may stand in the audit log, which keeps what the caller gave: as it is, an IPv6 address as RFC 5952 writes it,
 * an IPv4 address also as a dual-stack socket reports it.
 */
export function addressSpellings(address: string): readonly string[] {
  const given = address.toLowerCase();
  // Undefined for an address with a zone, which has one spelling only.
  const known = parseIpRange(given);
  if (known === undefined) return [given];
  const usual =
    known.family === "ipv4"
      ? [known.address, `::ffff:${known.address}`]
      : [new URL(`http://[${known.address}]`).hostname.slice(1, -1)];
  return [...new Set([given, ...usual])];
}
