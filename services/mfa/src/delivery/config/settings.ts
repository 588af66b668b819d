import type { Parsed } from "../../domain/parsed.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A name of the environment and what is wrong with it; never its value. */
export interface ConfigProblem {
  readonly name: string;
  readonly problem: string;
}

/** Reads settings and gathers every problem, so that an operator sees all of them together. */
export class Settings {
  readonly problems: ConfigProblem[] = [];

  constructor(
    private readonly env: Environment,
    private readonly readFile: (path: string) => string,
  ) {}

  /** The first complaint about a name stands: two providers may read the same one. */
  complain(name: string, problem: string): void {
    if (!this.problems.some((known) => known.name === name)) this.problems.push({ name, problem });
  }

  has(name: string): boolean {
    return this.#given(name) !== "" || this.#given(`${name}_FILE`) !== "";
  }

  /** The value, or that of the file NAME_FILE names without its last line break; undefined when neither is set. */
  optional(name: string): string | undefined {
    const value = this.#given(name);
    const path = this.#given(`${name}_FILE`);
    if (value !== "" && path !== "") {
      this.complain(name, `is set together with ${name}_FILE`);
      return undefined;
    }
    if (path === "") return value === "" ? undefined : value;
    try {
      return this.readFile(path).replace(/\r?\n$/, "");
    } catch {
      this.complain(`${name}_FILE`, "names a file that cannot be read");
      return undefined;
    }
  }

  /** Undefined, with a problem noted, when it is missing or its parser refuses it. */
  required<T>(name: string, parse: (text: string) => Parsed<T>): T | undefined {
    if (!this.has(name)) {
      this.complain(name, "is required");
      return undefined;
    }
    return this.parsed(name, parse);
  }

  /** Undefined when not set, and, with a problem noted, when the parser refuses it. */
  parsed<T>(name: string, parse: (text: string) => Parsed<T>): T | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const result = parse(text);
    if (result.ok) return result.value;
    this.complain(name, result.problem);
    return undefined;
  }

  #given(name: string): string {
    return this.env[name] ?? "";
  }
}
