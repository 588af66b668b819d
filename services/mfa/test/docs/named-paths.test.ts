import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const repository = join(import.meta.dirname, "../../../..");

/** Where the pages' paths begin. */
const ROOTS = ["services/mfa/src", "services/mfa", "."];
/** A folder and what lies in it, or a single file. `{a,b}` stands for both. */
const PATH = /^(?:[\w.-]+\/[\w.{},/-]*|[\w.-]+\.(?:ts|md|proto|sql|js|cjs|json|yaml))$/;

/** Every path in a span of code or a picture of the page. A command holds blanks, so it is none. */
function pathsIn(page: string): string[] {
  const pictures = [...page.matchAll(/^```(?:text|mermaid)\n(.*?)^```/gms)].map(([, text = ""]) => text);
  const words = pictures.join("\n").split(/[\s(),:;]+/);
  const spans = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
  return [...new Set([...words, ...spans])].filter((word) => PATH.test(word)).flatMap(expand);
}

function expand(path: string): string[] {
  const [, before = "", choices, after = ""] = /^(.*?)\{(.*?)\}(.*)$/.exec(path) ?? [];
  return choices === undefined ? [path] : choices.split(",").flatMap((each) => expand(before + each + after));
}

test.each([
  ["docs/architecture.md", 80],
  ["CONTRIBUTING.md", 80],
])("every path that %s names exists", (page, least) => {
  const paths = pathsIn(readFileSync(join(repository, page), "utf8"));
  const missing = paths.filter((path) => !ROOTS.some((root) => existsSync(join(repository, root, path))));
  expect(missing).toEqual([]);
  expect(paths.length).toBeGreaterThan(least);
});
