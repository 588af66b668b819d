import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, say } from "../process.mjs";
import { apiPage } from "./api-page.mjs";
import { asText } from "./comment.mjs";
import { readContract } from "./contract.mjs";
import { reasonsPage } from "./reasons-page.mjs";
import { withSnippets } from "./snippets.mjs";

const withExamples = ["docs/integrating.md"];
const made = "<!-- Made from the protos by `npm run docs`. -->";

/** Brings the pages up to date that are made from something else. */
export async function docs() {
  for (const [path, text] of await outOfDate()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    say(`docs: ${path}`);
  }
}

/** A check: the pages say what they are made from. */
export async function judgeDocs() {
  const late = (await outOfDate()).map(([path]) => path);
  return { ok: late.length === 0, output: `${late.join("\n")}\nout of date: npm run docs` };
}

async function outOfDate() {
  const pages = [
    ...apiPages(await readContract()),
    ...withExamples.map((path) => [path, withSnippets(read(path), read)]),
  ];
  return pages.filter(([path, text]) => !existsSync(join(root, path)) || read(path) !== text);
}

function apiPages(contract) {
  const described = [...contract].filter(
    ({ kind, typeName }) => kind === "service" && typeName.startsWith("countersign."),
  );
  const pages = described.map((service) => [`${fileName(service)}.md`, apiPage(service)]);
  const all = [
    ["README.md", contents(described)],
    ...pages,
    ["reasons.md", reasonsPage(contract, read("docs/integrating.md"))],
  ];
  return all.map(([name, text]) => [`docs/api/${name}`, `${made}\n\n${text}\n`]);
}

function contents(described) {
  const links = described.map((service) => {
    const [first] = asText(service).split("\n\n");
    return `- [${service.name}](${fileName(service)}.md): ${first.replaceAll("\n", " ")}`;
  });
  return [
    "# API reference",
    "Field names are those of the protos; JSON writes them in lowerCamelCase. Times and durations are google.protobuf.Timestamp and Duration.",
    [...links, "- [Reasons](reasons.md): of errors, and of refused codes."].join("\n"),
    "When to call what is in [integrating.md](../integrating.md), what holds for every call in [transport.md](../transport.md).",
  ].join("\n\n");
}

const fileName = ({ name }) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

const read = (path) => readFileSync(join(root, path), "utf8");
