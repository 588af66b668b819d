import { type Environment, type ReadFile, readVariable } from "@countersign/settings";
import { EMPTY_LAYER, type Layer, stackLayers } from "./candidate.js";
import { LEVEL_SETTING, SETTINGS, type Setting } from "./settings.js";

/** The values of the environment. */
export function environmentLayer(env: Environment, readFile: ReadFile | undefined): Layer {
  return stackLayers([LEVEL_SETTING, ...SETTINGS].map((setting) => variableLayer(setting, env, readFile)));
}

function variableLayer(setting: Setting, env: Environment, readFile: ReadFile | undefined): Layer {
  const variable = readVariable(setting.env, env, readFile);
  if (variable.kind === "unset") return EMPTY_LAYER;
  const source = { kind: "environment", name: variable.name } as const;
  if (variable.kind === "refused")
    return { candidates: [], problems: [{ path: setting.path, source, message: variable.message }] };
  const value = setting.field.fromText(variable.text);
  return {
    candidates: [{ setting, value, source, quotable: variable.name === setting.env }],
    problems: [],
  };
}
