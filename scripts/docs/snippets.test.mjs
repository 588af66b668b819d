import { expect, test } from "vitest";
import { snippetOf, withSnippets } from "./snippets.mjs";

const java = `class Login {
  // snippet:login begin
  /** Asks. */
  boolean ask() {
    return false;
  }

  // snippet:login end
}
`;

test("a snippet is the lines between its marks, without the indentation that they share", () => {
  expect(snippetOf(java, { path: "Login.java", name: "login" })).toBe(
    "/** Asks. */\nboolean ask() {\n  return false;\n}",
  );
});

test("a snippet that is not there, or does not end, is an error that names it", () => {
  const unended = "# snippet:login begin\nask()\n";
  for (const [source, name] of [
    [java, "reason"],
    [unended, "login"],
  ])
    expect(() => snippetOf(source, { path: "a.py", name })).toThrow(`a.py has no snippet ${name}`);
});

test("a page gets the code as it is now, and keeps all else", () => {
  const page = (code) => `# Page\n\n<!-- snippet Login.java login -->\n\`\`\`java\n${code}\`\`\`\n\nAfter.\n`;
  const fresh = withSnippets(page("old\n"), (path) => (path === "Login.java" ? java : ""));
  expect(fresh).toBe(page("/** Asks. */\nboolean ask() {\n  return false;\n}\n"));
  expect(withSnippets(fresh, () => java)).toBe(fresh);
  expect(withSnippets(page(""), () => java)).toBe(fresh);
});
