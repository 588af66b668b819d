import { randomBytes, randomInt } from "node:crypto";
import { expect, test } from "vitest";
import type { UserId } from "../user-id.js";
import { canBeSentCode, codeParts, drawCode, newChallengeId } from "./challenge.js";

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

test("ids hold 128 random bits", () => {
  const ids = Array.from({ length: 1_000 }, () => newChallengeId(randomBytes));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(Buffer.from(id, "base64url")).toHaveLength(16);
});

test("the same digits are another code for another user, method or purpose", () => {
  const base = { userId: "a" as UserId, method: "sms", purpose: "verify", digits: "123456" } as const;
  const variants = [
    base,
    { ...base, userId: "b" as UserId },
    { ...base, method: "email" as const },
    { ...base, purpose: "enrol" as const },
  ];
  expect(new Set(variants.map((variant) => JSON.stringify(codeParts(variant)))).size).toBe(4);
});
