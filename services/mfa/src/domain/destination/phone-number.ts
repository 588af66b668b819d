import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  type PhoneNumberType,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";

/** A two-letter region of the numbering plan, such as "US". */
export type PhoneRegion = CountryCode;

/** Where codes may go. */
export interface PhoneNumberRules {
  /** Reads numbers written without a country code: ten bare digits are a US number when this is "US". */
  readonly defaultRegion: PhoneRegion;
  /** Regions that codes may be sent to; an empty list allows none. */
  readonly allowedCountries: "any" | readonly string[];
  /** Regions refused even when allowed above. */
  readonly blockedCountries: readonly string[];
}

/** MALFORMED: other than ASCII digits and their usual separators. INVALID: in no numbering plan. */
export type PhoneNumberProblem =
  | "MALFORMED"
  | "EXTENSION"
  | "INVALID"
  | "KIND_NOT_ALLOWED"
  | "COUNTRY_NOT_ALLOWED";

/** `e164` is the canonical form to store, compare and count by; `prefix` is it without its last four digits. */
export type ParsedPhoneNumber =
  | { readonly ok: true; readonly e164: string; readonly country: PhoneRegion; readonly prefix: string }
  | { readonly ok: false; readonly problem: PhoneNumberProblem };

/** ASCII only: the library also reads Arabic and full-width digits, tel: URIs and letters. */
const WRITTEN_NUMBER = /^\+?[0-9(][0-9 ().\-/]{0,39}$/;
const EXTENSION = /(?:x|;|#|,)[^0-9]*[0-9]+$/i;
const E164 = /^\+[1-9][0-9]{6,14}$/;
const DIGITS_DROPPED_FOR_PREFIX = 4;

/** Default deny: kinds that a later library adds, and every kind that earns its owner money, are refused. */
const TEXTABLE: ReadonlySet<PhoneNumberType | undefined> = new Set<PhoneNumberType>([
  "MOBILE",
  "FIXED_LINE_OR_MOBILE",
]);

export function parsePhoneNumber(written: string, rules: PhoneNumberRules): ParsedPhoneNumber {
  if (!WRITTEN_NUMBER.test(written)) {
    return { ok: false, problem: EXTENSION.test(written) ? "EXTENSION" : "MALFORMED" };
  }
  const compact = written.replace(/[^+0-9]/g, "");
  const parsed = parsePhoneNumberFromString(compact, rules.defaultRegion);
  if (parsed === undefined || !parsed.isValid() || !E164.test(parsed.number)) {
    return { ok: false, problem: "INVALID" };
  }
  return admit(parsed, rules);
}

function admit(parsed: PhoneNumber, rules: PhoneNumberRules): ParsedPhoneNumber {
  const { number: e164, country } = parsed;
  // Satellite and global networks (+881, +882, +883 and their like) belong to no country, yet some call themselves mobile.
  if (country === undefined || parsed.isNonGeographic() || !TEXTABLE.has(parsed.getType())) {
    return { ok: false, problem: "KIND_NOT_ALLOWED" };
  }
  const listed = rules.allowedCountries === "any" || rules.allowedCountries.includes(country);
  if (!listed || rules.blockedCountries.includes(country)) {
    return { ok: false, problem: "COUNTRY_NOT_ALLOWED" };
  }
  return { ok: true, e164, country, prefix: e164.slice(0, -DIGITS_DROPPED_FOR_PREFIX) };
}

/** Calling code and last two digits, such as `+1*****23`; the stars do not reveal the length. */
export function maskPhoneNumber(e164: string): string {
  const callingCode = parsePhoneNumberFromString(e164)?.countryCallingCode ?? "";
  return `+${callingCode}*****${e164.slice(-2)}`;
}

export function isPhoneRegion(value: string): value is PhoneRegion {
  return isSupportedCountry(value);
}
