import { closestName } from "./closest-name.js";
import type { Environment } from "./environment-variable.js";
import { printableText } from "./printable.js";

/** A variable that is set but not read, and the one that was probably meant. */
export interface Misspelling {
  readonly given: string;
  /** A setting's variable, or its twin NAME_FILE. */
  readonly meant: string;
}

/**
 * The variables whose names are almost those of settings. An environment contains other programs' variables too, so an unknown one cannot be refused
 * as in a file; but MFA_REQUIRD=true must not silently leave the second factor off.
 */
export function misspeltVariables(env: Environment, settings: readonly string[]): readonly Misspelling[] {
  const known = settings.flatMap((name) => [name, `${name}_FILE`]);
  const names = new Set(known);
  return Object.keys(env)
    .filter((given) => env[given] !== undefined && !names.has(given))
    .flatMap((given) => {
      const meant = closestName(given, known);
      return meant === undefined ? [] : [{ given, meant }];
    });
}

export function describeMisspelling({ given, meant }: Misspelling): string {
  return `${printableText(given)} is set but not read; did you mean ${meant}?`;
}
