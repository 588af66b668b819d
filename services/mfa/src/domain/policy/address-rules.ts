import { BlockList } from "node:net";
import { type IpRange, parseIpRange } from "@countersign/security-config";

/** Which rule blocks an address. */
export type AddressRule = "blacklist" | "whitelist" | "country";

/** Judges addresses. An IPv4 address in IPv6 form counts as the IPv4 address; a zone does not count. */
export interface AddressRules {
  /**
   * The rule that blocks the address; undefined if it is allowed. An unknown address is on no whitelist; without a whitelist it is allowed. Text that
   * is no address is allowed only if there are no rules.
   */
  refusal(address: string | undefined): AddressRule | undefined;
}

/** Entries that `parseIpRange` accepts; the configuration refuses anything else. */
export function createAddressRules(rules: {
  readonly whitelist: readonly string[];
  readonly blacklist: readonly string[];
  readonly blockedCountries: readonly string[];
  /** Undefined if the country of the address is unknown. */
  readonly countryOf: (address: string) => string | undefined;
}): AddressRules {
  const whitelist = blockList(rules.whitelist);
  const blacklist = blockList(rules.blacklist);
  const blockedCountries = new Set(rules.blockedCountries);
  return {
    refusal(address) {
      if (address === undefined) return whitelist === undefined ? undefined : "whitelist";
      if (whitelist === undefined && blacklist === undefined && blockedCountries.size === 0) return undefined;
      const parsed = parseIpRange(address.split("%", 1)[0] ?? "");
      if (parsed === undefined || blacklist?.(parsed) === true) return "blacklist";
      if (whitelist?.(parsed) === false) return "whitelist";
      if (blockedCountries.size === 0) return undefined;
      const country = rules.countryOf(parsed.address);
      return country !== undefined && blockedCountries.has(country) ? "country" : undefined;
    },
  };
}

function blockList(entries: readonly string[]): ((address: IpRange) => boolean) | undefined {
  const ranges = entries.flatMap((entry) => parseIpRange(entry) ?? []);
  if (ranges.length === 0) return undefined;
  const list = new BlockList();
  for (const { address, prefix, family } of ranges) list.addSubnet(address, prefix, family);
  return ({ address, family }) => list.check(address, family);
}
