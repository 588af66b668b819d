import { type Parsed, parsed, problem } from "../parsed.js";
import { decodeBase32, withoutSpareBits } from "./base32.js";

/** What secrets may measure, as otplib has it: RFC 4226 section 4 asks for 128 bits, and no block of HMAC holds more than 512 usefully. */
export const MIN_SECRET_BYTES = 16;
export const MAX_SECRET_BYTES = 64;

/** A secret in base32 that another system made, in the one spelling that is stored: upper case, without padding and spare bits. */
export function parseTotpSecret(input: string): Parsed<string> {
  const secret = withoutSpareBits(input.replace(/={1,6}$/, "").toUpperCase());
  const bytes = decodeBase32(secret);
  if (bytes === undefined || secret === "") return problem("is not base32 (RFC 4648)");
  if (bytes.length < MIN_SECRET_BYTES) return problem("is shorter than 128 bits (RFC 4226 section 4)");
  if (bytes.length > MAX_SECRET_BYTES) return problem("is longer than 512 bits");
  return parsed(secret);
}
