import { describe, expect, it } from "vitest";
import { outcomesOf } from "./test-outcomes.mjs";

const test = (fullName, state, { flaky = false, message } = {}) => ({
  fullName,
  result: () => ({ state, errors: message === undefined ? undefined : [{ message }] }),
  diagnostic: () => ({ flaky }),
});

const module = (path, tests, { ok = true, message } = {}) => ({
  moduleId: `/checkout/${path}`,
  relativeModuleId: path,
  ok: () => ok,
  errors: () => (message === undefined ? [] : [{ message }]),
  children: { allTests: () => tests },
});

describe("outcomes of a test run", () => {
  it("counts a test that passed at the second try as passed, and names it with the first error", () => {
    const flaky = test("a > b", "passed", { flaky: true, message: "late\nat line 3" });
    expect(outcomesOf([module("test/net/a.test.ts", [flaky, test("c", "skipped")])])).toEqual({
      passed: 1,
      failed: [],
      skipped: 1,
      secondTry: ["test/net/a.test.ts > a > b: late"],
    });
  });

  it.each(["services/mfa/test/x/one.race.test.ts", "services/mfa/test/assurance/faults.test.ts"])(
    "counts a second try in %s as failed",
    (path) => {
      const flaky = test("a > b", "passed", { flaky: true, message: "2 approvals" });
      const { passed, failed } = outcomesOf([module(path, [flaky])]);
      expect({ passed, failed }).toEqual({ passed: 0, failed: [`${path} > a > b: 2 approvals`] });
    },
  );

  it("counts a test that was interrupted as failed", () => {
    expect(outcomesOf([module("a.test.ts", [test("b", "pending")])]).failed).toEqual(["a.test.ts > b"]);
  });

  it("names a file that does not load", () => {
    const broken = module("a.test.ts", [], { ok: false, message: "no such module" });
    expect(outcomesOf([broken]).failed).toEqual(["a.test.ts: no such module"]);
  });
});
