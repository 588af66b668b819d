import { describeMisspelling, type Environment, misspeltVariables } from "@countersign/settings";
import { SETTING_NAMES } from "./service-settings.js";

/**
 * A problem for each variable whose name is almost a setting's: otherwise the default would silently apply. A variable of another program may stay:
 * it is no problem if the setting that it resembles is set too.
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
