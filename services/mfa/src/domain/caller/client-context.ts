import { isIP } from "node:net";
import { type Parsed, parsed, problem } from "../parsed.js";

/** What the caller reports of the end user's device: for the audit log and IP rules, never for limits. */
export interface ClientContext {
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
}

/** An IPv6 address with an IPv4 one inside; a zone, which has no meaning elsewhere, can be of any length. */
const MAX_IP_ADDRESS = 45;
const MAX_USER_AGENT = 512;

export function parseIpAddress(input: string): Parsed<string | undefined> {
  if (input === "") return parsed(undefined);
  return isIP(input) === 0 || input.length > MAX_IP_ADDRESS
    ? problem("must be an IPv4 or IPv6 address")
    : parsed(input);
}

/** Control and formatting characters would let a user agent forge lines in what people read the audit log with. */
export function cleanUserAgent(input: string): string | undefined {
  if (input === "") return undefined;
  const clean = input.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{FFFD}");
  return clean.length <= MAX_USER_AGENT ? clean : Array.from(clean).slice(0, MAX_USER_AGENT).join("");
}
