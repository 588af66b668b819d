import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { displayBackupCode, generateBackupCodes } from "./backup-code.js";

test("codes are distinct, and shown as XXXX-XXXX-XXXX", () => {
  const codes = generateBackupCodes(10_000, randomBytes);
  expect(new Set(codes).size).toBe(10_000);
  for (const code of codes.slice(0, 100))
    expect(displayBackupCode(code)).toMatch(/^(?:[0-9A-F]{4}-){2}[0-9A-F]{4}$/);
});

test("every nibble is as likely as another", () => {
  const counts = new Array<number>(16).fill(0);
  for (const nibble of generateBackupCodes(20_000, randomBytes).join("")) {
    const value = Number.parseInt(nibble, 16);
    counts[value] = counts[value]! + 1;
  }
  const expected = (20_000 * 12) / 16;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(50); // 15 degrees of freedom: p < 0.0001
});

test("a repeat of the random source does not make a code twice", () => {
  const drawn = [Buffer.alloc(6, 1), Buffer.alloc(6, 1), Buffer.alloc(6, 2)];
  expect(generateBackupCodes(2, () => drawn.shift()!)).toEqual(["010101010101", "020202020202"]);
});
