import { flag, list, textForm } from "@countersign/settings";
import type { FieldTable } from "../field.js";
import type { IpPolicy } from "../security-config.js";
import { parseIpRange } from "../syntax/ip-range.js";
import { countryForm } from "./country-form.js";

const rangeForm = textForm({
  accepts: "an IPv4 or IPv6 address or CIDR block without host bits, such as 192.0.2.0/24",
  maxLength: 49,
  matches: (text) => parseIpRange(text) !== undefined,
});

export const ipFields: FieldTable<IpPolicy> = {
  enableIpFiltering: flag({
    default: true,
    doc: "The two address lists hold.",
    enforcedBy: "both",
  }),
  ipWhitelist: list(rangeForm, {
    default: [],
    doc: "When not empty, the only addresses let in.",
    enforcedBy: "both",
  }),
  ipBlacklist: list(rangeForm, {
    default: [],
    doc: "Addresses kept out. Wins over the whitelist.",
    enforcedBy: "both",
  }),
  geoBlockingEnabled: flag({
    default: false,
    doc: "Addresses located in a blocked country are kept out.",
    enforcedBy: "both",
  }),
  blockedCountries: list(countryForm, {
    default: [],
    doc: "Countries kept out by address when geo-blocking is on, and always refused as the country of a phone number.",
    enforcedBy: "both",
  }),
};
