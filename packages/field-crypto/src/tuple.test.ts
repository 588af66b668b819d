import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeTuple } from "./tuple.js";

const part = fc.oneof(fc.string({ unit: "grapheme" }), fc.uint8Array());
const tuple = fc.array(part, { maxLength: 5 });

function decode(encoded: Buffer): string[] {
  const parts: string[] = [];
  for (let offset = 0; offset < encoded.length; ) {
    const end = offset + 4 + encoded.readUInt32BE(offset);
    parts.push(encoded.toString("hex", offset + 4, end));
    offset = end;
  }
  return parts;
}

describe("encodeTuple", () => {
  test("encodeTuple writes each part as its length in four bytes and its bytes", () => {
    expect(encodeTuple(["ab", Uint8Array.of(0xff), ""]).toString("hex")).toBe(
      "0000000261620000" + "0001ff00000000",
    );
  });

  test("encodeTuple loses nothing: every tuple can be read back", () => {
    fc.assert(
      fc.property(tuple, (parts) => {
        expect(decode(encodeTuple(parts))).toEqual(parts.map((each) => Buffer.from(each).toString("hex")));
      }),
    );
  });

  test.each([
    [
      ["a:b", "c"],
      ["a", "b:c"],
    ],
    [["ab"], ["a", "b"]],
    [["a"], ["a", ""]],
    [
      ["", "a"],
      ["a", ""],
    ],
    [["{u}"], ["{", "u", "}"]],
    [["\u0000\u0000\u0000\u0001a"], ["", "a"]],
  ])("encodeTuple keeps %j and %j apart", (left, right) => {
    expect(encodeTuple(left).equals(encodeTuple(right))).toBe(false);
  });

  test.each(["\ud800", "a\udc00b", "\udc00\ud800"])(
    "encodeTuple refuses text that UTF-8 would merge with U+FFFD",
    (text) => {
      expect(() => encodeTuple([text])).toThrow(TypeError);
    },
  );

  test.each([undefined, null, 7, {}])(
    "encodeTuple refuses %j, which a missing column or a wrong JSON type would give",
    (value) => {
      expect(() => encodeTuple(["a", value as string])).toThrow();
    },
  );
});
