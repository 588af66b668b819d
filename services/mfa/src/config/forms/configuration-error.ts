/** Why the service cannot start: all problems together. Names variables and files, never a value. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join("; "));
  }
}
