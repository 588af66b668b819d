import { LineCounter, parseDocument } from "yaml";
import { nestsTooDeeply } from "./nesting.js";

/** Longest text, in UTF-16 units: far longer than any real one, and short enough to parse whole. */
export const MAX_TEXT_LENGTH = 1_048_576;

export type ParsedText = { readonly value: unknown } | { readonly faults: readonly string[] };

/**
 * The value of a YAML or JSON text, or all its problems. JSON is parsed as YAML: YAML 1.2 includes it, and the YAML parser refuses duplicate keys,
 * unlike JSON.parse. Aliases and custom tags are refused. Never throws.
 */
export function parseSettingText(text: string): ParsedText {
  if (text.length > MAX_TEXT_LENGTH) return { faults: [`is longer than ${MAX_TEXT_LENGTH} characters`] };
  if (nestsTooDeeply(text)) return { faults: ["is nested too deeply"] };
  return parseYaml(text);
}

function parseYaml(text: string): ParsedText {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "error", strict: true });
  // A parser's own messages quote the text around the fault, which may be a secret: only its code and position are reported.
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
