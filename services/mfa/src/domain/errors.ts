/**
 * Why a call fails: the closed list behind `countersign.mfa.v1.ErrorReason`. Each reason has one gRPC code, given in `rpc/errors.ts`. A wrong code is
 * not among them: that is a rejection, not an error.
 */
export type Reason =
  | "INVALID_FIELD"
  | "MALFORMED_REQUEST"
  | "MESSAGE_TOO_LARGE"
  | "METHOD_NOT_ALLOWED"
  | "METHOD_DISABLED"
  | "METHOD_HAS_NO_CODE_TO_SEND"
  | "DESTINATION_NOT_ALLOWED"
  | "UNLOCK_REQUIRED"
  | "SEND_RATE_LIMITED"
  | "DELIVERY_FAILED"
  | "REQUEST_ID_REUSED"
  | "REQUEST_IN_FLIGHT"
  | "MFA_NOT_ENABLED"
  | "MFA_NOT_CONFIGURED"
  | "MFA_ALREADY_ENABLED"
  | "MFA_ALREADY_VERIFIED"
  | "STORE_UNAVAILABLE"
  | "CLOCK_SKEWED"
  | "OVERLOADED"
  | "CALLER_RATE_LIMITED"
  | "USER_RATE_LIMITED"
  | "IP_NOT_ALLOWED"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "DEADLINE_EXCEEDED"
  | "UNIMPLEMENTED"
  | "SERVICE_UNKNOWN"
  | "HOST_MALFORMED"
  | "HTTP_METHOD_NOT_SERVED"
  | "CONTENT_TYPE_NOT_SERVED"
  | "ORIGIN_NOT_ALLOWED"
  | "INTERNAL";

/** A field of the request and what is wrong with it. Never holds the value. */
export interface FieldViolation {
  /** Path in proto form, for example `context.ip_address`. */
  readonly field: string;
  readonly description: string;
}

interface MfaErrorDetails {
  readonly violations?: readonly FieldViolation[];
  /** How long the caller should wait before it tries again. */
  readonly retryAfterMs?: number;
  /** Facts for a program, lower camel case keys. Never a secret, a phone number or an address. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Facts for the audit log, never for the caller. As careful as metadata: the log is read by many. */
  readonly auditDetails?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A broken precondition or a fault. The message and details are sent to the caller; the cause is not. */
export class MfaError extends Error {
  override readonly name = "MfaError";
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly auditDetails: Readonly<Record<string, string>> | undefined;

  constructor(
    readonly reason: Reason,
    message: string,
    details: MfaErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.violations = details.violations ?? [];
    this.retryAfterMs = details.retryAfterMs;
    this.metadata = details.metadata ?? {};
    this.auditDetails = details.auditDetails;
  }
}

/** An internal fault, or a stored value that is wrong: the caller learns nothing of it, the audit log these details. */
export function internalFault(auditDetails: Readonly<Record<string, string>>, cause?: unknown): MfaError {
  return new MfaError("INTERNAL", "internal error", { auditDetails, cause });
}

/** A store failed. Nothing was approved; what was charged stays charged. */
export function storeUnavailable(store: "postgres" | "redis", cause: unknown): MfaError {
  return new MfaError("STORE_UNAVAILABLE", "a store is unavailable, try again", {
    retryAfterMs: 1_000,
    metadata: { store },
    cause,
  });
}
