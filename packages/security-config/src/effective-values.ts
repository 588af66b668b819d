import type { Settled, SettledValues } from "./judge.js";
import { presetValues } from "./overrides-layer.js";
import type { SecurityLevel } from "./security-level.js";
import { LEVEL_SETTING, SETTINGS } from "./settings.js";

const DEFAULTS: SettledValues = new Map(
  [LEVEL_SETTING, ...SETTINGS].map(({ path, field }): [string, Settled] => {
    return [path, { value: field.default, source: { kind: "default" } }];
  }),
);

/** Every setting's value: the given ones over those of their level, over the defaults. */
export function effectiveValues(given: SettledValues): SettledValues {
  const level = given.get(LEVEL_SETTING.path)?.value as SecurityLevel | undefined;
  return new Map([...DEFAULTS, ...(level === undefined ? [] : presetValues(level)), ...given]);
}
