import { Code } from "@connectrpc/connect";
import { type ErrorDoor, TRANSPORT_CODES } from "@countersign/rpc-server";
import { MfaError, type Reason } from "../domain/errors.js";

/** The table from reasons to status codes. */
const CODES = {
  ...TRANSPORT_CODES,
  INVALID_FIELD: Code.InvalidArgument,
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
  CALLER_RATE_LIMITED: Code.ResourceExhausted,
  USER_RATE_LIMITED: Code.ResourceExhausted,
  IP_NOT_ALLOWED: Code.PermissionDenied,
  PERMISSION_DENIED: Code.PermissionDenied,
  INTERNAL: Code.Internal,
} as const satisfies Record<Reason, Code>;

/** Each reason has a section there. The protos' `go_package` names the same repository; docs/decisions/0038 says why this is no setting. */
const REASONS_PAGE = "https://github.com/countersign/countersign/blob/main/docs/api/reasons.md";

/** How the service's errors are sent. */
export const MFA_ERRORS: ErrorDoor = {
  domain: "countersign",
  helpFor: (reason) => ({
    description: "What it means and what to do",
    url: `${REASONS_PAGE}#${reason.toLowerCase()}`,
  }),
  recognize(thrown) {
    if (!(thrown instanceof MfaError)) return undefined;
    const { reason, message, metadata, violations, retryAfterMs, cause } = thrown;
    return { code: CODES[reason], reason, message, metadata, violations, retryAfterMs, cause };
  },
};
