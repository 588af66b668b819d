import { LineCounter, parseDocument } from "yaml";
import type { Layer } from "./candidate.js";
import type { ConfigSource } from "./config-source.js";
import { keyTree, mappingLayer } from "./mapping-layer.js";
import { nestsTooDeeply } from "./nesting.js";
import { LEVEL_SETTING, SETTINGS, snakeCase } from "./settings.js";

/** A configuration file that was read, or the reason why it could not be. */
export type SecurityConfigFile =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly unreadable: string };

/** Longest file, in UTF-16 units: far beyond any real one, and small enough to parse at once. */
export const MAX_FILE_LENGTH = 1_048_576;

const FILE_TREE = new Map([...keyTree(SETTINGS, snakeCase), [LEVEL_SETTING.path, LEVEL_SETTING] as const]);

/** The values of a YAML or JSON file, whose names are in snake_case. */
export function fileLayer(file: SecurityConfigFile): Layer {
  const source: ConfigSource = { kind: "file", path: file.path };
  const parsed = parseFile(file);
  if ("value" in parsed) return mappingLayer(parsed.value, FILE_TREE, source);
  return { candidates: [], problems: parsed.faults.map((message) => ({ path: "", source, message })) };
}

type ParsedFile = { readonly value: unknown } | { readonly faults: readonly string[] };

/** JSON goes the same way: YAML 1.2 includes it, and the YAML parser refuses duplicate keys where JSON.parse does not. */
function parseFile(file: SecurityConfigFile): ParsedFile {
  if ("unreadable" in file) return { faults: [`cannot be read: ${file.unreadable}`] };
  if (file.text.length > MAX_FILE_LENGTH) return { faults: [`is longer than ${MAX_FILE_LENGTH} characters`] };
  if (nestsTooDeeply(file.text)) return { faults: ["is nested too deeply"] };
  return parseYaml(file.text);
}

function parseYaml(text: string): ParsedFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "error", strict: true });
  // A parser's own messages quote the text around the fault, which may be a secret: only its code and place are told.
  const faults = [...document.errors, ...document.warnings].map(({ code, pos }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    return `is not valid YAML or JSON at line ${line}, column ${col} (${code})`;
  });
  if (faults.length > 0) return { faults };
  try {
    return { value: document.toJS({ maxAliasCount: 0 }) as unknown };
  } catch {
    return { faults: ["uses aliases, which are not read"] };
  }
}
