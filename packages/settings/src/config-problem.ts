import { type ConfigSource, describeSource } from "./config-source.js";

/** One reason why a configuration is refused. Never contains the value of a secret, nor text read through a `NAME_FILE`. */
export interface ConfigProblem {
  /**
   * The setting as a file names it, such as `password.min_length` or `ip.ip_whitelist[2]`, or its variable if files do not set it; empty for a whole
   * file.
   */
  readonly path: string;
  /** The source that must be changed to solve the problem. */
  readonly source: ConfigSource;
  readonly message: string;
}

/** One line for a person: `password.min_length: must be … (environment PASSWORD_MIN_LENGTH)`, or `DB_POOL_MAX must be …`. */
export function describeProblem(problem: ConfigProblem): string {
  const { path, source, message } = problem;
  if (source.kind === "environment" && source.name === path) return `${path} ${message}`;
  const subject = path === "" ? "" : `${path}: `;
  return `${subject}${message} (${describeSource(source)})`;
}
