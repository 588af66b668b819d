/** Reads variables one by one and collects every problem, so that all are reported together. */
export interface EnvironmentReader {
  /** The value of NAME, or the content of the file that NAME_FILE names. An empty value counts as not set. */
  text(name: string): string | undefined;
  url(name: string, protocols: readonly string[]): string | undefined;
  integer(
    name: string,
    range: { readonly min: number; readonly max: number; readonly default: number },
  ): number;
  flag(name: string, fallback: boolean): boolean;
  /** One of the choices, in any case. */
  choice<const T extends string>(name: string, choices: readonly T[], fallback: T): T;
  report(problem: string): void;
  problems(): readonly string[];
}

export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): EnvironmentReader {
  const problems: string[] = [];
  const report = (problem: string): void => {
    problems.push(problem);
  };

  function text(name: string): string | undefined {
    const value = env[name] ?? "";
    const path = env[`${name}_FILE`] ?? "";
    if (path === "") return value === "" ? undefined : value;
    if (value !== "") report(`${name} and ${name}_FILE are both set`);
    try {
      const content = readFile(path).replace(/\r?\n$/, "");
      if (content === "") report(`${name}_FILE names an empty file`);
      return content === "" ? undefined : content;
    } catch {
      report(`${name}_FILE names a file that cannot be read`);
      return undefined;
    }
  }

  return {
    text,
    url(name, protocols) {
      const value = text(name);
      if (value === undefined) return undefined;
      const protocol = URL.canParse(value) ? new URL(value).protocol : undefined;
      if (protocol !== undefined && protocols.includes(protocol)) return value;
      report(`${name} must be a URL that begins with ${protocols.map((each) => `${each}//`).join(" or ")}`);
      return undefined;
    },
    integer(name, { min, max, default: fallback }) {
      const value = text(name);
      if (value === undefined) return fallback;
      const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      report(`${name} must be a whole number from ${min} to ${max}`);
      return fallback;
    },
    flag(name, fallback) {
      const value = text(name);
      if (value !== undefined && value !== "true" && value !== "false")
        report(`${name} must be true or false`);
      return value === undefined ? fallback : value === "true";
    },
    choice(name, choices, fallback) {
      const value = text(name);
      const known = choices.find((choice) => choice.toLowerCase() === value?.toLowerCase());
      if (value !== undefined && known === undefined) report(`${name} must be one of ${choices.join(", ")}`);
      return known ?? fallback;
    },
    report,
    problems: () => problems,
  };
}
