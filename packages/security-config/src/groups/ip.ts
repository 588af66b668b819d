import type { FieldTable } from "../field.js";
import { flag, list } from "../field-kinds.js";
import type { IpPolicy } from "../security-config.js";
import { parseIpRange } from "../syntax/ip-range.js";
import { textForm } from "../value-forms.js";
import { countryForm } from "./country-form.js";

const rangeForm = textForm({
  accepts: "an IPv4 or IPv6 address or CIDR block without host bits, such as 192.0.2.0/24",
  maxLength: 49,
  matches: (text) => parseIpRange(text) !== undefined,
});

export const ipFields: FieldTable<IpPolicy> = {
  enableIpFiltering: flag({
    default: true,
    doc: "Whether the two address lists apply.",
    enforcedBy: "both",
  }),
  ipWhitelist: list(rangeForm, {
    default: [],
    doc: "If not empty, only these addresses are allowed.",
    enforcedBy: "both",
  }),
  ipBlacklist: list(rangeForm, {
    default: [],
    doc: "Addresses that are blocked. Overrides the whitelist.",
    enforcedBy: "both",
  }),
  geoBlockingEnabled: flag({
    default: false,
    doc: "Whether addresses located in a blocked country are blocked.",
    enforcedBy: "both",
  }),
  blockedCountries: list(countryForm, {
    default: [],
    doc: "Countries whose addresses are blocked if geo-blocking is on. Phone numbers of these countries are always refused.",
    enforcedBy: "both",
  }),
};
