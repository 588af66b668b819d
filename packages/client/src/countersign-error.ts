import { ConnectError } from "@connectrpc/connect";
import type { ErrorReasonName } from "./enum-names.js";
import { detailsOf, type ErrorDetails } from "./error-details.js";

/**
 * The error of every failed call of this package's clients: a ConnectError with the details of the service's error as properties, so that a log shows
 * them. An error is never an approval.
 */
export class CountersignError extends ConnectError implements ErrorDetails {
  readonly reason: ErrorReasonName | undefined;
  readonly facts: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;
  readonly fields: readonly string[];
  readonly requestId: string | undefined;
  readonly helpUrl: string | undefined;

  private constructor(error: ConnectError) {
    super(error.rawMessage, error.code, error.metadata, undefined, error.cause);
    this.details = error.details;
    const { reason, facts, retryAfterMs, fields, requestId, helpUrl } = detailsOf(error);
    this.reason = reason;
    this.facts = facts;
    this.retryAfterMs = retryAfterMs;
    this.fields = fields;
    this.requestId = requestId;
    this.helpUrl = helpUrl;
  }

  /** Converts any thrown value, for example of a client on a custom transport, with its details. */
  static override from(thrown: unknown): CountersignError {
    return thrown instanceof CountersignError ? thrown : new CountersignError(ConnectError.from(thrown));
  }

  /** ConnectError recognises values by their shape, and would take its own for one of these. */
  static override [Symbol.hasInstance](value: unknown): value is CountersignError {
    return Function.prototype[Symbol.hasInstance].call(CountersignError, value);
  }
}
