import { type FieldKind, type PlainValue, plainValue } from "@countersign/settings";
import type { Enforcer } from "./field.js";
import { presetValues } from "./overrides-layer.js";
import { SECURITY_LEVELS, type SecurityLevel } from "./security-level.js";
import { LEVEL_SETTING, SETTINGS, type Setting } from "./settings.js";

/** The full description of one setting. */
export interface SettingReference {
  /** Its name in files and reports: `password.min_length`. */
  readonly path: string;
  /** Its place in a SecurityConfig: `["password", "minLength"]`. */
  readonly keys: readonly string[];
  /** Its environment variable; `<env>_FILE` names a file that holds the value instead. */
  readonly env: string;
  readonly type: FieldKind;
  /** Type and limits in words: `a whole number of characters, 8 to 128`. */
  readonly accepts: string;
  /** The closed set that the value, or each item of a list, comes from. */
  readonly choices?: readonly (string | number)[];
  readonly unit?: string;
  readonly default: PlainValue;
  /** The value under each preset. */
  readonly presets: Readonly<Record<SecurityLevel, PlainValue>>;
  readonly secret: boolean;
  readonly enforcedBy: Enforcer;
  readonly doc: string;
}

/** Every setting, `security_level` first, in the order of the documentation. */
export function configurationReference(): readonly SettingReference[] {
  return [LEVEL_SETTING, ...SETTINGS].map(settingReference);
}

function settingReference(setting: Setting): SettingReference {
  const { field, path, keys, env } = setting;
  const { doc, enforcedBy, accepts, choices, unit } = field;
  return {
    path,
    keys,
    env,
    type: field.kind,
    accepts,
    ...(choices === undefined ? {} : { choices }),
    ...(unit === undefined ? {} : { unit }),
    default: plainValue(field.default),
    presets: presetColumn(setting),
    secret: field.kind === "secret",
    enforcedBy,
    doc,
  };
}

function presetColumn(setting: Setting): Readonly<Record<SecurityLevel, PlainValue>> {
  const valueAt = (level: SecurityLevel): PlainValue => {
    if (setting === LEVEL_SETTING) return level;
    const preset = presetValues(level).get(setting.path);
    return plainValue(preset === undefined ? setting.field.default : preset.value);
  };
  return Object.fromEntries(SECURITY_LEVELS.map((level) => [level, valueAt(level)])) as Record<
    SecurityLevel,
    PlainValue
  >;
}
