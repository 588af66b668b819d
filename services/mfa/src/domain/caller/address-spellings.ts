import { parseIpRange } from "@countersign/security-config";

/**
 * The lower-case spellings of an address in the audit log, which stores what the caller sent: unchanged, an IPv6 address also in the form of RFC
 * 5952, an IPv4 address also as a dual-stack socket reports it.
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
