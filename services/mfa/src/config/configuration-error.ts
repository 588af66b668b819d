/** What keeps the service from starting, every problem at once. Names variables and files, and no value. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join("; "));
  }
}
