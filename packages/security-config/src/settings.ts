import type { Field } from "./field.js";
import { GROUPS } from "./groups.js";
import { SECURITY_LEVELS } from "./security-level.js";
import { choiceForm } from "./value-forms.js";

/** One field in its place. */
export interface Setting {
  readonly field: Field<unknown>;
  /** Its place in a SecurityConfig: `["mfa", "totpPeriod"]`. */
  readonly keys: readonly string[];
  /** Its place in a file, and its name everywhere else: `mfa.totp_period`. */
  readonly path: string;
  /** Its environment variable: `MFA_TOTP_PERIOD`. */
  readonly env: string;
}

/** The preset's name, which is read before and beside the groups. */
export const LEVEL_SETTING: Setting = {
  field: {
    ...choiceForm(SECURITY_LEVELS),
    kind: "choice",
    default: undefined,
    doc: "The preset that is applied over the defaults. Without one the defaults apply, which are in no field weaker than MEDIUM.",
    enforcedBy: "both",
  },
  keys: ["level"],
  path: "security_level",
  env: "SECURITY_LEVEL",
};

/** Every setting of every group, in the order of the reference. */
export const SETTINGS: readonly Setting[] = GROUPS.flatMap((group) =>
  Object.entries(group.fields).map(([key, field]) => {
    const name = snakeCase(key);
    const keys = [...group.keys, key];
    return { field, keys, path: keys.map(snakeCase).join("."), env: environmentName(group.prefix, name) };
  }),
);

/** `totpPeriod` as files and design documents write it: `totp_period`. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The group's prefix and the field's name; a name that already begins with the prefix does not repeat it. */
function environmentName(prefix: string, name: string): string {
  const upper = name.toUpperCase();
  return prefix === "" || upper.startsWith(`${prefix}_`) ? upper : `${prefix}_${upper}`;
}
