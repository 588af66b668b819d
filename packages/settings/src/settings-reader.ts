import { type ConfigProblem, describeProblem } from "./config-problem.js";
import {
  type Environment,
  type EnvironmentVariable,
  type ReadFile,
  readVariable,
} from "./environment-variable.js";
import type { Field, SettingTable, SettingValues } from "./field.js";

/** Reads tables of settings and collects every problem, so that an operator sees all of them together. An empty value counts as not set. */
export interface SettingsReader {
  /**
   * The value of each setting of the table, from the environment or the default. An invalid value is a problem, and so is a missing required setting;
   * both then get the default.
   */
  read<T extends SettingTable>(table: T, options?: ReadOptions<T>): SettingValues<T>;
  /** Whether the environment has NAME or NAME_FILE. */
  isSet(name: string): boolean;
  /** Reports a problem of a variable that its field cannot detect. The first problem of a name is kept. */
  report(name: string, message: string): void;
  /** One line for each: `DB_POOL_MAX must be a whole number, 1 to 100`. Never a value. */
  problems(): readonly string[];
}

interface ReadOptions<T> {
  /** The prefix of each name: `FALLBACK_` reads FALLBACK_SMTP_URL for SMTP_URL. */
  readonly prefix?: string;
  readonly required?: readonly (keyof T & string)[];
}

interface ReaderOptions {
  /** For the files that NAME_FILE variables name. May throw. */
  readonly readFile: ReadFile;
  /** Whether the defaults of production apply. */
  readonly production: boolean;
}

export function createSettingsReader(
  env: Environment,
  { readFile, production }: ReaderOptions,
): SettingsReader {
  const given = (name: string) => (env[name] === "" ? undefined : env[name]);
  const problems: ConfigProblem[] = [];
  function report(name: string, message: string): void {
    if (problems.some(({ path }) => path === name)) return;
    problems.push({ path: name, source: { kind: "environment", name }, message });
  }

  const readValue = (name: string, field: Field<unknown>, required: boolean): unknown => {
    const fallback = production && field.inProduction !== undefined ? field.inProduction : field.default;
    const twin = `${name}_FILE`;
    const variable = readVariable(name, { [name]: given(name), [twin]: given(twin) }, readFile);
    if (variable.kind === "unset") {
      if (required) report(name, "is required");
      return fallback;
    }
    const verdict = judge(variable, field);
    if (verdict.sound) return verdict.value;
    report(verdict.blamed ?? name, verdict.message);
    return fallback;
  };

  return {
    read<T extends SettingTable>(table: T, { prefix = "", required = [] }: ReadOptions<T> = {}) {
      const names = new Set<string>(required);
      const values = Object.entries(table).map(([name, field]) => [
        name,
        readValue(`${prefix}${name}`, field, names.has(name)),
      ]);
      // Safe because each value is its field's default or was accepted by its field's schema.
      return Object.fromEntries(values) as SettingValues<T>;
    },
    isSet: (name) => (given(name) ?? given(`${name}_FILE`)) !== undefined,
    report,
    problems: () => problems.map(describeProblem),
  };
}

type Verdict =
  | { readonly sound: true; readonly value: unknown }
  /** `blamed`: the variable that was read, if it is not the setting's value that is wrong. */
  | { readonly sound: false; readonly message: string; readonly blamed?: string };

function judge(variable: Exclude<EnvironmentVariable, { kind: "unset" }>, field: Field<unknown>): Verdict {
  if (variable.kind === "refused") return { sound: false, message: variable.message, blamed: variable.name };
  if (variable.text === "") return { sound: false, message: "names an empty file", blamed: variable.name };
  const parsed = field.schema.safeParse(field.fromText(variable.text));
  if (parsed.success) return { sound: true, value: parsed.data };
  return { sound: false, message: parsed.error.issues[0]?.message ?? `must be ${field.accepts}` };
}
