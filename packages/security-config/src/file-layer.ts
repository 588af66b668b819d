import type { ConfigSource } from "@countersign/settings";
import type { Layer } from "./candidate.js";
import { keyTree, mappingLayer } from "./mapping-layer.js";
import { type ParsedText, parseSettingText } from "./setting-text.js";
import { LEVEL_SETTING, SETTINGS, snakeCase } from "./settings.js";

/** A configuration file that was read, or the reason why it could not be. */
export type SecurityConfigFile =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly unreadable: string };

const FILE_TREE = new Map([...keyTree(SETTINGS, snakeCase), [LEVEL_SETTING.path, LEVEL_SETTING] as const]);

/** The values of a YAML or JSON file, whose names are in snake_case. */
export function fileLayer(file: SecurityConfigFile): Layer {
  const source: ConfigSource = { kind: "file", path: file.path };
  const parsed = parseFile(file);
  if ("value" in parsed) return mappingLayer(parsed.value, FILE_TREE, source);
  return { candidates: [], problems: parsed.faults.map((message) => ({ path: "", source, message })) };
}

function parseFile(file: SecurityConfigFile): ParsedText {
  return "unreadable" in file
    ? { faults: [`cannot be read: ${file.unreadable}`] }
    : parseSettingText(file.text);
}
