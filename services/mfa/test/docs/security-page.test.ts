import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const repository = join(import.meta.dirname, "../../../..");
const page = readFileSync(join(repository, "docs/security.md"), "utf8")
  // Tables of odds are no promises.
  .replace(/<!-- guessing: computed.*<!-- guessing: end -->/s, "");

/** What each promise is shown by: the last cell of its row. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| Promise"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, promise = "", , shownBy = ""]) => ({ promise, shownBy }));

function testsIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path = ""]) => path);
}

describe("docs/security.md", () => {
  test.each(rows)("$promise: is shown by a test, or says why not", ({ shownBy }) => {
    if (!shownBy.startsWith("Not covered")) expect(testsIn(shownBy).length).toBeGreaterThan(0);
    for (const path of testsIn(shownBy)) {
      const base = /^(?:packages|k8s)\//.test(path) ? repository : join(repository, "services/mfa");
      expect(existsSync(join(base, path)), path).toBe(true);
    }
  });

  test("docs/security.md tells of every race, fault, model, guard, drill and campaign", () => {
    const named = new Set(testsIn(page));
    const told =
      /\.(?:race|fault|model)\.test\.ts$|^(?:guards|drills|assurance\/(?:faults|floods|fuzz))\/[^/]+\.test\.ts$/;
    const tests = readdirSync(join(repository, "services/mfa/test"), { recursive: true, encoding: "utf8" });
    const untold = tests.filter((path) => told.test(path) && !named.has(`test/${path}`));
    expect(untold).toEqual([]);
    expect(rows.length).toBeGreaterThan(70);
  });
});
