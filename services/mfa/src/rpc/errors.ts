import type { DescMessage, Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@countersign/protocol/google/rpc/error_details_pb.js";
import { MfaError, type Reason } from "../domain/errors.js";

/** Domain of every google.rpc.ErrorInfo. */
const ERROR_DOMAIN = "countersign";

/** The one table from reasons to status codes. */
const CODES = {
  INVALID_FIELD: Code.InvalidArgument,
  MALFORMED_REQUEST: Code.InvalidArgument,
  MESSAGE_TOO_LARGE: Code.ResourceExhausted,
  METHOD_NOT_ALLOWED: Code.FailedPrecondition,
  METHOD_DISABLED: Code.FailedPrecondition,
  METHOD_HAS_NO_CODE_TO_SEND: Code.FailedPrecondition,
  DESTINATION_NOT_ALLOWED: Code.FailedPrecondition,
  UNLOCK_REQUIRED: Code.FailedPrecondition,
  SEND_RATE_LIMITED: Code.ResourceExhausted,
  DELIVERY_FAILED: Code.Unavailable,
  REQUEST_ID_REUSED: Code.InvalidArgument,
  REQUEST_IN_FLIGHT: Code.Aborted,
  MFA_NOT_ENABLED: Code.FailedPrecondition,
  MFA_NOT_CONFIGURED: Code.FailedPrecondition,
  MFA_ALREADY_ENABLED: Code.AlreadyExists,
  MFA_ALREADY_VERIFIED: Code.AlreadyExists,
  STORE_UNAVAILABLE: Code.Unavailable,
  CLOCK_SKEWED: Code.Unavailable,
  OVERLOADED: Code.ResourceExhausted,
  CALLER_RATE_LIMITED: Code.ResourceExhausted,
  USER_RATE_LIMITED: Code.ResourceExhausted,
  IP_NOT_ALLOWED: Code.PermissionDenied,
  UNAUTHENTICATED: Code.Unauthenticated,
  PERMISSION_DENIED: Code.PermissionDenied,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  UNIMPLEMENTED: Code.Unimplemented,
  SERVICE_UNKNOWN: Code.NotFound,
  HOST_MALFORMED: Code.InvalidArgument,
  // What Connect's protocol makes of HTTP's 405 and 415.
  HTTP_METHOD_NOT_SERVED: Code.Unknown,
  CONTENT_TYPE_NOT_SERVED: Code.Unknown,
  ORIGIN_NOT_ALLOWED: Code.PermissionDenied,
  INTERNAL: Code.Internal,
} as const satisfies Record<Reason, Code>;

/** One google.rpc detail message, beside its descriptor. */
export interface ErrorDetail {
  readonly desc: DescMessage;
  readonly value: Message;
}

/** An error as it goes out. Everything in it may be shown to the caller. */
export interface RpcError {
  readonly code: Code;
  readonly reason: Reason;
  readonly message: string;
  /** Exactly one ErrorInfo and one RequestInfo; BadRequest and RetryInfo where they apply. */
  readonly details: readonly ErrorDetail[];
  /** What RetryInfo says, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Which limit was met, for metrics. */
  readonly limit?: string;
}

/** Gives a thrown value the form in which it goes out. */
export type DescribeError = (thrown: unknown, requestId: string) => RpcError;

/** What the caller may know of any thrown value: an MfaError as it stands, all else as INTERNAL without a word of it. */
export function toRpcError(thrown: unknown, requestId: string): RpcError {
  const error = thrown instanceof MfaError ? thrown : new MfaError("INTERNAL", "internal error");
  const { reason, message, retryAfterMs, metadata } = error;
  const limit = metadata.limit;
  return {
    code: CODES[reason],
    reason,
    message,
    details: detailsOf(error, requestId),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function detailsOf(error: MfaError, requestId: string): ErrorDetail[] {
  const { reason, metadata, violations, retryAfterMs } = error;
  const details: ErrorDetail[] = [
    {
      desc: ErrorInfoSchema,
      value: create(ErrorInfoSchema, { reason, domain: ERROR_DOMAIN, metadata: { ...metadata } }),
    },
    { desc: RequestInfoSchema, value: create(RequestInfoSchema, { requestId }) },
  ];
  if (violations.length > 0) {
    const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
    details.push({ desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) });
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = durationFromMs(Math.ceil(retryAfterMs));
    details.push({ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) });
  }
  return details;
}
