import { describe, expect, test } from "vitest";
import { parseCode } from "./one-time-code.js";

describe("parseCode", () => {
  test.each(["123456", "000000", "12345678"])("reads %s as digits", (code) => {
    expect(parseCode(code)).toEqual({ ok: true, value: { shape: "digits", digits: code } });
  });

  test.each(["12ab-34CD-56ef", "12AB34CD56EF", "12ab34cd-56ef"])("reads %s as one backup code", (code) => {
    expect(parseCode(code)).toEqual({ ok: true, value: { shape: "backup", canonical: "12AB34CD56EF" } });
  });

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
  ])("refuses %s", (_, code) => {
    expect(parseCode(code).ok).toBe(false);
  });
});
