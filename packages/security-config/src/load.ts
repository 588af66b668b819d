import { describeMisspelling, misspeltVariables } from "@countersign/settings";
import { crossCheck } from "./cross-checks.js";
import { effectiveValues } from "./effective-values.js";
import { complete, gather } from "./gathered-config.js";
import { inputLayers, type SecurityConfigInput } from "./input-layers.js";
import { judge } from "./judge.js";
import type { LoadedSecurityConfig, RefusedSecurityConfig } from "./load-result.js";
import { LEVEL_SETTING, SETTINGS } from "./settings.js";
import { configurationWarnings } from "./warnings.js";

const VARIABLES = [LEVEL_SETTING, ...SETTINGS].map(({ env }) => env);

/**
 * Builds the configuration: defaults, then the preset, then the file, then the environment, then overrides, the later
 * winning. Pure and total: it never throws, and the same input gives the same answer.
 */
export function loadSecurityConfig(input: SecurityConfigInput): LoadedSecurityConfig | RefusedSecurityConfig {
  const given = judge(inputLayers(input));
  const values = effectiveValues(given.settled);
  const gathered = gather(values);
  const problems = [...given.problems, ...crossCheck(gathered, values, given.problems)];
  if (problems.length > 0) return { ok: false, problems };
  const config = complete(gathered);
  return {
    ok: true,
    config,
    sources: Object.freeze(Object.fromEntries([...values].map(([path, { source }]) => [path, source]))),
    warnings: configurationWarnings(config),
    notices: misspeltVariables(input.env, VARIABLES).map(describeMisspelling),
  };
}
