import { ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  HelpSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@countersign/protocol/google/rpc/error_details_pb.js";
import { durationToMs } from "./duration.js";
import type { ErrorReasonName } from "./enum-names.js";

const DOMAIN = "countersign";

/** The details of an error, for a program. */
export interface ErrorDetails {
  /**
   * The reason to branch on, for example `MFA_NOT_ENABLED`. Undefined for an error that did not come from Countersign, such as a broken connection:
   * the call may have taken effect. A newer service may send a name that the type does not list, so have a default branch.
   */
  readonly reason: ErrorReasonName | undefined;
  /** Facts about the reason: `limit`, `rule`, `failure`, `address`. docs/api/reasons.md says which. */
  readonly facts: Readonly<Record<string, string>>;
  /** How long to wait before trying again, in milliseconds. Undefined: waiting does not help, or it is unknown. */
  readonly retryAfterMs: number | undefined;
  /** The invalid fields of the request, as paths in the proto, for example `context.ip_address`. */
  readonly fields: readonly string[];
  /** Finds the call in Countersign's log. */
  readonly requestId: string | undefined;
  /** The address of the page about the reason. */
  readonly helpUrl: string | undefined;
}

/** The details of any thrown value. Nothing is set for an error that did not come from Countersign. */
export function detailsOf(error: unknown): ErrorDetails {
  const info = infoOf(error);
  if (info === undefined || !(error instanceof ConnectError)) return NOTHING;
  return {
    reason: info.reason as ErrorReasonName,
    facts: info.metadata,
    retryAfterMs: retryAfterMsOf(error),
    fields: error
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field)),
    requestId: error.findDetails(RequestInfoSchema)[0]?.requestId,
    helpUrl: error.findDetails(HelpSchema)[0]?.links[0]?.url,
  };
}

/** The reason of an error, to branch on: see `ErrorDetails`. */
export function reasonOf(error: unknown): ErrorReasonName | undefined {
  return infoOf(error)?.reason as ErrorReasonName | undefined;
}

/** How long to wait before a retry, in milliseconds, if the error says so. */
export function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay === undefined ? undefined : durationToMs(delay);
}

const NOTHING: ErrorDetails = {
  reason: undefined,
  facts: {},
  retryAfterMs: undefined,
  fields: [],
  requestId: undefined,
  helpUrl: undefined,
};

function infoOf(error: unknown) {
  if (!(error instanceof ConnectError)) return undefined;
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN);
}
