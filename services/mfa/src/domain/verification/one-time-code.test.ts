import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { UserId } from "../user-id.js";
import { canBeSentCode, codeParts, drawCode, parseCode } from "./one-time-code.js";

describe("parseCode", () => {
  test.each(["123456", "000000", "12345678"])("parseCode reads %s as digits", (code) => {
    expect(parseCode(code)).toEqual({ ok: true, value: { shape: "digits", digits: code } });
  });

  test.each(["12ab-34CD-56ef", "12AB34CD56EF", "12ab34cd-56ef"])(
    "parseCode reads %s as one backup code",
    (code) => {
      expect(parseCode(code)).toEqual({ ok: true, value: { shape: "backup", canonical: "12AB34CD56EF" } });
    },
  );

  test.each([
    ["empty", ""],
    ["leading blank", " 123456"],
    ["trailing newline", "123456\n"],
    ["inner blank", "123 456"],
    ["five digits", "12345"],
    ["seven digits", "1234567"],
    ["plus sign", "+12345"],
    ["minus sign", "-12345"],
    ["hexadecimal", "0x1234"],
    ["exponent", "1e5000"],
    ["full-width digits", "１２３４５６"],
    ["Arabic digits", "١٢٣٤٥٦"],
    ["zero-width space", "123456\u200b"],
    ["NUL", "12345\0"],
    ["backup code with a blank", "12AB 34CD 56EF"],
    ["backup code with a misplaced dash", "12A-B34CD-56EF"],
    ["backup code too short", "12AB-34CD-56E"],
    ["backup code with G", "12AB-34CD-56EG"],
    ["full-width hexadecimal", "１２AB-34CD-56EF"],
  ])("parseCode refuses %s", (_, code) => {
    expect(parseCode(code).ok).toBe(false);
  });
});

const CODES = 20_000;

test("20,000 codes are six digits each, every digit as likely at every place, leading zeros kept", () => {
  const codes = Array.from({ length: CODES }, () => drawCode(randomInt));
  for (const code of codes) expect(code).toMatch(/^[0-9]{6}$/);
  for (let place = 0; place < 6; place += 1) {
    const counts = Array<number>(10).fill(0);
    for (const code of codes) counts[Number(code[place])]! += 1;
    const expected = CODES / 10;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(35); // 9 degrees of freedom: one run in 15,000 is above
  }
  expect(new Set(codes).size).toBeGreaterThan(19_600); // 19,801 are expected of a uniform draw
});

test("a code follows the number that is drawn", () => {
  expect(drawCode(() => 0)).toBe("000000");
  expect(drawCode((max) => max - 1)).toBe("999999");
});

test("only six digits can be a code that was sent", () => {
  expect(canBeSentCode("123456")).toBe(true);
  expect(canBeSentCode("12345678")).toBe(false);
});

test("the MAC of the same digits differs for another user, method or purpose", () => {
  const base = { userId: "a" as UserId, method: "sms", purpose: "verify", digits: "123456" } as const;
  const variants = [
    base,
    { ...base, userId: "b" as UserId },
    { ...base, method: "email" as const },
    { ...base, purpose: "enrol" as const },
  ];
  expect(new Set(variants.map((variant) => JSON.stringify(codeParts(variant)))).size).toBe(4);
});
