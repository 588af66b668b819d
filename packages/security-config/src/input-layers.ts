import type { Environment, ReadFile } from "@countersign/settings";
import { EMPTY_LAYER, type Layer, stackLayers } from "./candidate.js";
import { environmentLayer } from "./environment-layer.js";
import { fileLayer, type SecurityConfigFile } from "./file-layer.js";
import { overridesLayer } from "./overrides-layer.js";
import type { SecurityConfigOverrides } from "./security-config-overrides.js";
import type { SecurityLevel } from "./security-level.js";

/** The only sources of a configuration: neither the process's environment nor any other file is read. */
export interface SecurityConfigInput {
  readonly env: Environment;
  /** The configuration file, as `readSecurityConfigFile` gives it; undefined when none is named. */
  readonly file?: SecurityConfigFile | undefined;
  /** The preset; wins over SECURITY_LEVEL and the file's `security_level`. */
  readonly level?: SecurityLevel | undefined;
  readonly overrides?: SecurityConfigOverrides | undefined;
  /** Reads what `NAME_FILE` variables name. Without it such a variable is a problem. */
  readonly readFile?: ReadFile | undefined;
}

/** The given values: overrides over the environment over the file. */
export function inputLayers({ env, file, level, overrides, readFile }: SecurityConfigInput): Layer {
  return stackLayers([
    file === undefined ? EMPTY_LAYER : fileLayer(file),
    environmentLayer(env, readFile),
    overridesLayer(level, overrides),
  ]);
}
