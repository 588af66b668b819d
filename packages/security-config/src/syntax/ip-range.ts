import { isIPv4, isIPv6 } from "node:net";

/** A block of addresses, in the form `net.BlockList.addSubnet` takes. IPv4-mapped IPv6 is already turned into IPv4. */
export interface IpRange {
  readonly family: "ipv4" | "ipv6";
  /** The first address of the block. */
  readonly address: string;
  /** Length of the prefix: 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly prefix: number;
}

const MAPPED_PREFIX = 96;

/**
 * Reads an address (`192.0.2.7`, `2001:db8::1`) or a CIDR block (`192.0.2.0/24`). Returns undefined for anything else: zone ids, leading zeros, a
 * missing or oversized prefix, and host bits beyond the prefix, which are probably a typing error. `::ffff:192.0.2.0/120` is read as `192.0.2.0/24`,
 * so that a rule matches a peer in either form that its socket reports.
 */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = "", prefixText, ...rest] = text.split("/");
  const bytes = addressBytes(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  const prefix = prefixText === undefined ? bytes.length * 8 : parsePrefix(prefixText, bytes.length * 8);
  if (prefix === undefined || hasHostBits(bytes, prefix)) return undefined;
  // The mapped prefix ends in ones, so a shorter block has host bits and was refused above.
  if (isMapped(bytes)) {
    return { family: "ipv4", address: bytes.slice(12).join("."), prefix: prefix - MAPPED_PREFIX };
  }
  return { family: bytes.length === 4 ? "ipv4" : "ipv6", address, prefix };
}

function parsePrefix(text: string, max: number): number | undefined {
  if (!/^(0|[1-9]\d{0,2})$/.test(text)) return undefined;
  return Number(text) <= max ? Number(text) : undefined;
}

function addressBytes(address: string): readonly number[] | undefined {
  if (isIPv4(address)) return address.split(".").map(Number);
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const [head = "", tail] = address.split("::");
  const left = ipv6Bytes(head);
  const right = ipv6Bytes(tail ?? "");
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right];
}

function ipv6Bytes(part: string): readonly number[] {
  if (part === "") return [];
  return part.split(":").flatMap((piece) => {
    if (piece.includes(".")) return piece.split(".").map(Number);
    const word = Number.parseInt(piece, 16);
    return [word >> 8, word & 0xff];
  });
}

function hasHostBits(bytes: readonly number[], prefix: number): boolean {
  return bytes.some((byte, index) => {
    const networkBits = Math.min(8, Math.max(0, prefix - index * 8));
    return (byte & (0xff >> networkBits)) !== 0;
  });
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes.length === 16 && bytes.every((byte, index) => index >= 12 || byte === (index < 10 ? 0 : 0xff));
}
