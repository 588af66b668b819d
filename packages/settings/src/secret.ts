const REDACTED = "[secret]";

/**
 * A value that never prints. JSON, string conversion, template literals, `util.inspect` and therefore loggers and error messages all show `[secret]`;
 * only `reveal()` returns the value, so every use can be found by that name.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Pass it to the code that needs it, never to a log, an error or an answer. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  /** What console.log and util.inspect call; named by its global symbol so that the package stays free of node:util. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
