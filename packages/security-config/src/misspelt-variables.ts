import { closestName } from "./closest-name.js";
import type { Environment } from "./environment-layer.js";
import { printableText } from "./printable.js";
import { LEVEL_SETTING, SETTINGS } from "./settings.js";

const KNOWN = [LEVEL_SETTING, ...SETTINGS].flatMap(({ env }) => [env, `${env}_FILE`]);
const KNOWN_SET = new Set(KNOWN);

/**
 * A line for each variable whose name is almost a setting's. An environment holds other programs' variables too, so an
 * unknown one cannot be refused as in a file; but MFA_REQUIRD=true must not leave the second factor off without a word.
 */
export function misspeltVariables(env: Environment): readonly string[] {
  return Object.keys(env)
    .filter((name) => env[name] !== undefined && !KNOWN_SET.has(name))
    .flatMap((name) => {
      const meant = closestName(name, KNOWN);
      return meant === undefined
        ? []
        : [`${printableText(name)} is set but not read; did you mean ${meant}?`];
    });
}
