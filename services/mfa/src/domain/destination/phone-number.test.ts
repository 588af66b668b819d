import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPhoneRegion, maskPhoneNumber, type PhoneNumberRules, parsePhoneNumber } from "./phone-number.js";

const US: PhoneNumberRules = { defaultRegion: "US", allowedCountries: "any", blockedCountries: [] };
const ES: PhoneNumberRules = { ...US, defaultRegion: "ES" };

describe("one number has one spelling", () => {
  test.each([
    "2015550123",
    "12015550123",
    "+12015550123",
    "+1 201 555 0123",
    "(201) 555-0123",
    "+1 (201) 555.0123",
    "201/555/0123",
    "1-201-555-0123",
    "2015550123 ",
    "011 1 201 555 0123",
  ])("%j is +12015550123 in the US", (written) => {
    expect(parsePhoneNumber(written, US)).toEqual({
      ok: true,
      e164: "+12015550123",
      country: "US",
      prefix: "+1201555",
    });
  });

  test.each(["600 12 34 56", "+34600123456", "0034 600 12 34 56"])(
    "%j is +34600123456 in Spain",
    (written) => {
      expect(parsePhoneNumber(written, ES)).toMatchObject({ ok: true, e164: "+34600123456", country: "ES" });
    },
  );

  test("a trunk zero after the country code is dropped", () => {
    expect(parsePhoneNumber("+44 (0) 7400 123456", US)).toMatchObject({
      e164: "+447400123456",
      country: "GB",
    });
  });
});

test.each([
  ["extension in RFC 3966 form", "+12015550123;ext=5", "EXTENSION"],
  ["extension with x", "2015550123 x5", "EXTENSION"],
  ["extension in words", "201-555-0123 ext. 5", "EXTENSION"],
  ["extension after a hash", "+1 2015550123#5", "EXTENSION"],
  ["pause and tones", "+12015550123,5", "EXTENSION"],
  ["full-width digits", "+１２０１５５５０１２３", "MALFORMED"],
  ["Arabic digits", "+١٢٠١٥٥٥٠١٢٣", "MALFORMED"],
  ["zero-width space", "+1201555\u200b0123", "MALFORMED"],
  ["no-break space", "+1201555\u00a00123", "MALFORMED"],
  ["line break", "+12015550123\n", "MALFORMED"],
  ["NUL", "+12015550123\0", "MALFORMED"],
  ["tab before", "\t+12015550123", "MALFORMED"],
  ["letters", "1-800-FLOWERS", "MALFORMED"],
  ["tel URI", "tel:+12015550123", "MALFORMED"],
  ["two plus signs", "++12015550123", "MALFORMED"],
  ["text around it", "call 2015550123 now", "MALFORMED"],
  ["nothing", "", "MALFORMED"],
  ["a plus alone", "+", "MALFORMED"],
  ["forty-two characters", `+1${" ".repeat(30)}2015550123`, "MALFORMED"],
  ["two numbers", "2015550123/2015550124", "INVALID"],
  ["foreign exit code", "0012015550123", "INVALID"],
  ["16 digits", "+1234567890123456", "INVALID"],
  ["17 digits", "+12345678901234567", "INVALID"],
  ["nine digits", "201555012", "INVALID"],
  ["emergency number", "911", "INVALID"],
  ["area code nobody has", "5555550123", "INVALID"],
  ["country nobody has", "+999123456789", "INVALID"],
  ["premium rate, US", "+1 900 555 0123", "KIND_NOT_ALLOWED"],
  ["premium rate, UK", "+44 9098 790 000", "KIND_NOT_ALLOWED"],
  ["shared cost, Spain", "+34 901 123 456", "KIND_NOT_ALLOWED"],
  ["toll-free, US", "+1 800 555 0123", "KIND_NOT_ALLOWED"],
  ["toll-free, international", "+800 1234 5678", "KIND_NOT_ALLOWED"],
  ["shared cost, international", "+808 1234 5678", "KIND_NOT_ALLOWED"],
  ["premium rate, international", "+979 1 2345 6789", "KIND_NOT_ALLOWED"],
  ["satellite, Inmarsat", "+870 773 111 632", "KIND_NOT_ALLOWED"],
  ["satellite, Iridium", "+8816 1234 5678", "KIND_NOT_ALLOWED"],
  ["global network +882", "+882 16 1234 5678", "KIND_NOT_ALLOWED"],
  ["global network +883", "+883 5100 1234 5678", "KIND_NOT_ALLOWED"],
  ["VoIP, UK", "+44 56 1234 5678", "KIND_NOT_ALLOWED"],
  ["VoIP, France", "+33 9 50 12 34 56", "KIND_NOT_ALLOWED"],
  ["company-wide number, UK", "+44 55 1234 5678", "KIND_NOT_ALLOWED"],
  ["personal number, UK", "+44 70 1234 5678", "KIND_NOT_ALLOWED"],
  ["landline, UK", "+44 20 7946 0958", "KIND_NOT_ALLOWED"],
])("a phone number is refused: %s", (_kind, written, problem) => {
  expect(parsePhoneNumber(written, US)).toEqual({ ok: false, problem });
});

describe("countries", () => {
  test("an empty allow-list allows none", () => {
    expect(parsePhoneNumber("2015550123", { ...US, allowedCountries: [] })).toEqual({
      ok: false,
      problem: "COUNTRY_NOT_ALLOWED",
    });
  });

  test("sharing a calling code does not share permission", () => {
    const onlyUs = { ...US, allowedCountries: ["US"] };
    expect(parsePhoneNumber("+12015550123", onlyUs)).toMatchObject({ ok: true });
    expect(parsePhoneNumber("+1 242 359 1234", onlyUs)).toEqual({
      ok: false,
      problem: "COUNTRY_NOT_ALLOWED",
    });
  });

  test("a blocked country stays blocked when it is allowed", () => {
    const both = { ...US, allowedCountries: ["US", "ES"], blockedCountries: ["ES"] };
    expect(parsePhoneNumber("+34600123456", both)).toEqual({ ok: false, problem: "COUNTRY_NOT_ALLOWED" });
  });

  test("regions are known by their upper-case codes", () => {
    expect(["US", "ES", "us", "USA", "", "constructor"].map(isPhoneRegion)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

test("whatever is typed gives a number of E.164 or a refusal, never a throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^\+?[0-9 ().\-/x#]{0,30}$/)),
      (written) => {
        const parsed = parsePhoneNumber(written, US);
        if (parsed.ok) {
          expect(parsed.e164).toMatch(/^\+[1-9][0-9]{6,14}$/);
          expect(parsePhoneNumber(parsed.e164, ES)).toEqual(parsed);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each([
  ["+12015550123", "+1*****23"],
  ["+447400123456", "+44*****56"],
  ["+24740123", "+247*****23"],
])("%s is shown as %s", (e164, masked) => {
  expect(maskPhoneNumber(e164)).toBe(masked);
});
