import { Code } from "@connectrpc/connect";
import type { FieldViolation } from "./error-door.js";

/** Why the transport itself refuses a request, and the status code of each reason. A service's own table may include them. */
export const TRANSPORT_CODES = {
  MALFORMED_REQUEST: Code.InvalidArgument,
  MESSAGE_TOO_LARGE: Code.ResourceExhausted,
  OVERLOADED: Code.ResourceExhausted,
  UNAUTHENTICATED: Code.Unauthenticated,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  UNIMPLEMENTED: Code.Unimplemented,
  SERVICE_UNKNOWN: Code.NotFound,
  HOST_MALFORMED: Code.InvalidArgument,
  // The codes of Connect's protocol for HTTP 405 and 415.
  HTTP_METHOD_NOT_SERVED: Code.Unknown,
  CONTENT_TYPE_NOT_SERVED: Code.Unknown,
  ORIGIN_NOT_ALLOWED: Code.PermissionDenied,
} as const;

export type TransportReason = keyof typeof TRANSPORT_CODES;

interface TransportErrorDetails {
  readonly violations?: readonly FieldViolation[];
  /** How long the caller should wait before a retry, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** A request that the transport refuses before, or instead of, its handler. All of it is sent to the caller. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly reason: TransportReason,
    message: string,
    { violations = [], retryAfterMs }: TransportErrorDetails = {},
  ) {
    super(message);
    this.violations = violations;
    this.retryAfterMs = retryAfterMs;
  }
}
