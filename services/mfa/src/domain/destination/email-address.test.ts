import fc from "fast-check";
import { expect, test } from "vitest";
import { maskEmailAddress, parseEmailAddress } from "./email-address.js";

test("the domain is folded, the local part is kept, and counting folds both", () => {
  expect(parseEmailAddress("Ada.Lovelace@Example.COM")).toEqual({
    ok: true,
    address: "Ada.Lovelace@example.com",
    limitKey: "adalovelace@example.com",
  });
});

test("spellings of one mailbox share one limit", () => {
  const spellings = [
    "ada@example.com",
    "ADA@example.com",
    "a.d.a@EXAMPLE.com",
    "ada+bank@example.com",
    "ada+@example.com",
  ];
  const keys = spellings.map((written) => {
    const parsed = parseEmailAddress(written);
    return parsed.ok ? parsed.limitKey : parsed.problem;
  });
  expect(new Set(keys)).toEqual(new Set(["ada@example.com"]));
});

test.each([
  "a@b.co",
  "o'brien@example.com",
  "a+b@example.com",
  "+tag@example.com",
  "x@xn--bcher-kva.example",
  "x@a-b.3com.com",
  `${"a".repeat(64)}@example.com`,
  `${"a".repeat(64)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(57)}.com`,
])("an e-mail address is taken: %s", (written) => {
  expect(parseEmailAddress(written)).toMatchObject({ ok: true, address: written });
});

test.each([
  ["nothing", ""],
  ["no @", "example.com"],
  ["no local part", "@example.com"],
  ["no domain", "ada@"],
  ["two @", "ada@evil.com@example.com"],
  ["a second recipient", "ada@example.com,eve@evil.com"],
  ["a second recipient after a semicolon", "ada@example.com;eve@evil.com"],
  ["a header after a line break", "ada@example.com\r\nBcc: eve@evil.com"],
  ["a line break before", "\nada@example.com"],
  ["a line break after", "ada@example.com\n"],
  ["a line break inside the local part", "a\nda@example.com"],
  ["NUL", "ada\0@example.com"],
  ["blank inside", "ada lovelace@example.com"],
  ["blank after", "ada@example.com "],
  ["display name", "Ada <ada@example.com>"],
  ["angle brackets", "<ada@example.com>"],
  ["quoted string", '"ada lovelace"@example.com'],
  ["quoted @", '"ada@evil.com"@example.com'],
  ["comment", "ada(comment)@example.com"],
  ["leading dot", ".ada@example.com"],
  ["trailing dot", "ada.@example.com"],
  ["two dots", "a..da@example.com"],
  ["backslash", "ada\\@example.com"],
  ["no dot in the domain", "ada@localhost"],
  ["root dot", "ada@example.com."],
  ["leading hyphen", "ada@-example.com"],
  ["trailing hyphen", "ada@example-.com"],
  ["underscore in the domain", "ada@exa_mple.com"],
  ["empty label", "ada@example..com"],
  ["label of 64", `ada@${"a".repeat(64)}.com`],
  ["IP address", "ada@192.0.2.1"],
  ["address literal", "ada@[192.0.2.1]"],
  ["letters beyond ASCII in the local part", "adá@example.com"],
  ["letters beyond ASCII in the domain", "ada@exámple.com"],
  ["Kelvin sign that folds to k", "ada@\u212Aing.com"],
  ["full-width @", "ada＠example.com"],
  ["zero-width space", "ada\u200b@example.com"],
  ["right-to-left override", "ada\u202e@example.com"],
])("an e-mail address is refused: %s", (_kind, written) => {
  expect(parseEmailAddress(written)).toEqual({ ok: false, problem: "MALFORMED" });
});

test.each([
  ["65 before the @", `${"a".repeat(65)}@example.com`],
  ["255 in all", `${"a".repeat(63)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(59)}.com`],
])("an e-mail address is refused as too long: %s", (_kind, written) => {
  expect(parseEmailAddress(written)).toEqual({ ok: false, problem: "LENGTH" });
});

test("an address that is taken is printable ASCII, and parsing it again changes nothing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: "binary" })), (written) => {
      const parsed = parseEmailAddress(written);
      if (parsed.ok) {
        expect(parsed.address).toMatch(/^[\x21-\x7e]{3,254}$/);
        expect(parseEmailAddress(parsed.address)).toEqual(parsed);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["ada@example.com", "a***@e***.com"],
  ["al@example.co.uk", "***@e***.uk"],
  ["ada.lovelace@ab.de", "a***@a***.de"],
  ["x@b.co", "***@b***.co"],
])("%s is shown as %s", (address, masked) => {
  expect(maskEmailAddress(address)).toBe(masked);
});
