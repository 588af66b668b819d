/** Where a page shows a part of a program: `<!-- snippet PATH NAME -->`, then a block of code. */
const SHOWN = /(<!-- snippet (\S+) (\S+) -->\n```\w+\n)[\s\S]*?(?=^```$)/gm;

/** A page with each of its snippets as the program has it now. */
export function withSnippets(page, readSource) {
  return page.replace(
    SHOWN,
    (_, head, path, name) => `${head}${snippetOf(readSource(path), { path, name })}\n`,
  );
}

/** The lines between `snippet:NAME begin` and `snippet:NAME end`, moved to the left as a whole. */
export function snippetOf(source, { path, name }) {
  const lines = source.split("\n");
  const [begin, end] = ["begin", "end"].map((edge) =>
    lines.findIndex((line) => new RegExp(`(?://|#) snippet:${name} ${edge}$`).test(line)),
  );
  if (begin === -1 || end < begin) throw new Error(`${path} has no snippet ${name}`);
  const shown = lines.slice(begin + 1, end);
  const indents = shown.filter((line) => line.trim() !== "").map((line) => /^\s*/.exec(line)[0].length);
  const indent = Math.min(...indents);
  return shown
    .map((line) => line.slice(indent))
    .join("\n")
    .replace(/^\n+|\s+$/g, "");
}
