/** What keeps the service from starting, all problems together. Names variables and files, and no value. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join("; "));
  }
}
