import { EMPTY_LAYER, type Layer, stackLayers } from "./candidate.js";
import type { ConfigSource } from "./config-source.js";
import { LEVEL_SETTING, SETTINGS, type Setting } from "./settings.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Gives the text of a file that a `NAME_FILE` variable names, or throws. */
export type ReadFile = (path: string) => string;

/** The values of the environment. Each is given as NAME, or as NAME_FILE naming the file that holds it, never as both. */
export function environmentLayer(env: Environment, readFile: ReadFile | undefined): Layer {
  return stackLayers([LEVEL_SETTING, ...SETTINGS].map((setting) => variableLayer(setting, env, readFile)));
}

function variableLayer(setting: Setting, env: Environment, readFile: ReadFile | undefined): Layer {
  const fileName = `${setting.env}_FILE`;
  const direct = env[setting.env];
  const path = env[fileName];
  if (direct !== undefined && path !== undefined) {
    return refusal(setting, setting.env, `both ${setting.env} and ${fileName} are set; keep one`);
  }
  if (direct !== undefined) return valueLayer(setting, { name: setting.env, text: direct });
  if (path === undefined) return EMPTY_LAYER;
  try {
    if (readFile === undefined)
      return refusal(setting, fileName, "files are not read here; give the value itself");
    return valueLayer(setting, { name: fileName, text: withoutFinalNewline(readFile(path)) });
  } catch (error) {
    return refusal(setting, fileName, `the file it names cannot be read (${errorCode(error)})`);
  }
}

function valueLayer(
  setting: Setting,
  { name, text }: { readonly name: string; readonly text: string },
): Layer {
  const source: ConfigSource = { kind: "environment", name };
  const quotable = name === setting.env;
  return { candidates: [{ setting, value: setting.field.fromText(text), source, quotable }], problems: [] };
}

function refusal(setting: Setting, name: string, message: string): Layer {
  return {
    candidates: [],
    problems: [{ path: setting.path, source: { kind: "environment", name }, message }],
  };
}

/** Editors and `echo` end a file with one newline that is not part of the value. */
function withoutFinalNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}

/** The system's code alone: an error's message may hold more than the path. */
function errorCode(error: unknown): string {
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code) ? code : "unknown error";
}
