import { describeMisspelling, type Environment, misspeltVariables } from "@countersign/settings";
import { SETTING_NAMES } from "./service-settings.js";

/**
 * A problem for each variable that is almost a setting's: else the default would be in force without a word. Another program's variable can stay:
 * with the setting that it resembles set too, nothing is in doubt.
 */
export function misspeltSettings(env: Environment): readonly string[] {
  const isSet = (name: string) => (env[name] ?? "") !== "";
  return misspeltVariables(env, SETTING_NAMES)
    .filter(({ meant }) => {
      const name = SETTING_NAMES.includes(meant) ? meant : meant.replace(/_FILE$/, "");
      return !isSet(name) && !isSet(`${name}_FILE`);
    })
    .map(describeMisspelling);
}
