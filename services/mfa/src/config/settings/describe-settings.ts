import type { Environment, Field, SettingTable } from "@countersign/settings";
import { SERVICE_SETTINGS } from "./service-settings.js";

/** One effective setting of the service, safe to print. */
export interface ServiceSettingRow {
  readonly name: string;
  /** `[secret]` for a secret that is set, and for anything read from a file. */
  readonly value: string;
  /** `default`, or the variable that was set: `environment DATABASE_URL_FILE`. */
  readonly source: string;
}

/** Every setting of the service that was loaded from `env`. */
export function describeServiceSettings(env: Environment, production: boolean): readonly ServiceSettingRow[] {
  const tables: readonly SettingTable[] = Object.values(SERVICE_SETTINGS);
  return tables.flatMap((table) =>
    Object.entries(table).map(([name, field]) => {
      const given = [name, `${name}_FILE`].find((each) => (env[each] ?? "") !== "");
      if (given === undefined) return { name, value: defaultOf(field, production), source: "default" };
      const isSecret = field.secret === true || field.kind === "secret" || given !== name;
      return { name, value: isSecret ? "[secret]" : (env[name] ?? ""), source: `environment ${given}` };
    }),
  );
}

function defaultOf(field: Field<unknown>, production: boolean): string {
  const fallback = production ? (field.inProduction ?? field.default) : field.default;
  if (Array.isArray(fallback) && fallback.length === 0) return "none";
  return fallback === undefined ? (field.absent ?? "none").replaceAll("`", "") : shownValue(fallback);
}

/** A default is text, a number or a switch: settings of other types have no default. */
export function shownValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
