import { type Layer, stackLayers } from "./candidate.js";
import { judge, type SettledValues } from "./judge.js";
import { keyTree, mappingLayer } from "./mapping-layer.js";
import { PRESETS } from "./presets.js";
import type { SecurityConfigOverrides } from "./security-config-overrides.js";
import type { SecurityLevel } from "./security-level.js";
import { LEVEL_SETTING, SETTINGS } from "./settings.js";

const CONFIG_TREE = keyTree(SETTINGS, (key) => key);

/** The values that the calling program sets, including the level. */
export function overridesLayer(
  level: SecurityLevel | undefined,
  overrides: SecurityConfigOverrides | undefined,
): Layer {
  const source = { kind: "override" } as const;
  const values = mappingLayer(overrides, CONFIG_TREE, source);
  if (level === undefined) return values;
  const choice = { setting: LEVEL_SETTING, value: level, source, quotable: true };
  return stackLayers([{ candidates: [choice], problems: [] }, values]);
}

/** The values that a level sets. */
export function presetValues(level: SecurityLevel): SettledValues {
  return judge(mappingLayer(PRESETS[level], CONFIG_TREE, { kind: "preset", level })).settled;
}
