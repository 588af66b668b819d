import { expect, test } from "vitest";
import { describeMisspelling, misspeltVariables } from "./misspelt-variables.js";

const SETTINGS = ["SEND_COOLDOWN_SECONDS", "LOG_LEVEL", "PORT"];

test.each([
  ["SEND_COOLDOWN_SECOND", "SEND_COOLDOWN_SECONDS"],
  ["LOGLEVEL", "LOG_LEVEL"],
  ["LOG_LEVEL_FIL", "LOG_LEVEL_FILE"],
])("%s is taken for %s", (given, meant) => {
  const [found] = misspeltVariables({ [given]: "1", HOME: "/" }, SETTINGS);
  expect(found).toEqual({ given, meant });
  expect(found && describeMisspelling(found)).toBe(`"${given}" is set but not read; did you mean ${meant}?`);
});

test.each(["LOG_LEVEL", "LOG_LEVEL_FILE", "LOG_FORMAT", "REPORT", "PORTS"])("%s is not", (given) => {
  expect(misspeltVariables({ [given]: "1" }, SETTINGS)).toEqual([]);
});
