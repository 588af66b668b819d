import { format, inspect } from "node:util";
import { expect, it } from "vitest";
import { Secret } from "./secret.js";

const CANARY = "canary-Zq7rT2mWx9LpBv4KsN8dYc3H";

it("a secret gives its value to reveal() alone", () => {
  expect(new Secret(CANARY).reveal()).toBe(CANARY);
});

const held = new Secret(CANARY);
const WAYS: readonly (readonly [string, () => string])[] = [
  ["String()", () => String(held)],
  ["a template", () => `x ${held as unknown as string}`],
  ["concatenation", () => "x".concat(held as unknown as string)],
  ["JSON", () => JSON.stringify({ held, list: [held] })],
  ["inspect", () => inspect({ held }, { depth: null, showHidden: true, getters: true })],
  [
    "inspect without custom functions",
    () => inspect(held, { customInspect: false, showHidden: true, depth: null }),
  ],
  ["console's format", () => format("%s %o %O %j", held, held, held, held)],
  ["an error's cause", () => inspect(new Error("x", { cause: held }))],
  ["its own keys", () => Reflect.ownKeys(held).join() + JSON.stringify(Object.entries(held))],
  ["a copy", () => inspect(Object.assign({}, held))],
  ["a structured clone", () => inspect(structuredClone(held))],
];

it.each(WAYS)("a secret does not show by %s", (_, show) => {
  expect(show()).not.toContain(CANARY);
});
