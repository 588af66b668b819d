import { expect, test } from "vitest";
import { isLinearizable, type Operation } from "./linearizable.js";

/** A register: writes, and reads with what they found. */
type Call = { readonly write: number } | { readonly read: number };
const register = {
  initial: 0,
  step: (state: number, call: Call) =>
    "write" in call ? call.write : call.read === state ? state : undefined,
  keyOf: String,
};
const at = (start: number, end: number, call: Call): Operation<Call> => ({ start, end, call });

test("answers that some order explains are accepted", () => {
  expect(
    isLinearizable([at(0, 9, { write: 1 }), at(1, 2, { read: 0 }), at(3, 4, { read: 1 })], register),
  ).toBe(true);
});

test("a value that is read back after a newer one is not", () => {
  expect(
    isLinearizable([at(0, 9, { write: 1 }), at(1, 2, { read: 1 }), at(3, 4, { read: 0 })], register),
  ).toBe(false);
});

test("a read that misses what was written before it began is not accepted", () => {
  expect(isLinearizable([at(0, 1, { write: 1 }), at(2, 3, { read: 0 })], register)).toBe(false);
});
