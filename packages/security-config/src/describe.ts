import { describeSource, type FieldKind, type PlainValue, plainValue } from "@countersign/settings";
import type { LoadedSecurityConfig } from "./load-result.js";
import { LEVEL_SETTING, SETTINGS } from "./settings.js";

/** One setting of a loaded configuration, safe to print. */
export interface SettingRow {
  readonly path: string;
  /** The effective value; `[secret]` for a secret that is set, null if there is none. */
  readonly value: PlainValue;
  /** Where the value came from, in words: `preset HIGH`. */
  readonly source: string;
  /** The environment variable that would set it. */
  readonly env: string;
  readonly type: FieldKind;
  readonly default: PlainValue;
}

/** The effective configuration, one row a setting, secrets redacted. A provider that is not configured has null throughout. */
export function describeSecurityConfig(
  loaded: Pick<LoadedSecurityConfig, "config" | "sources">,
): readonly SettingRow[] {
  return [LEVEL_SETTING, ...SETTINGS].map(({ path, keys, env, field }) => ({
    path,
    value: plainValue(valueAt(loaded.config, keys)),
    source: describeSource(loaded.sources[path] ?? { kind: "default" }),
    env,
    type: field.kind,
    default: plainValue(field.default),
  }));
}

function valueAt(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (branch, key) => (branch as Readonly<Record<string, unknown>> | undefined)?.[key],
    root,
  );
}
