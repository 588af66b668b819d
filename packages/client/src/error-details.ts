import { ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { durationToMs } from "./duration.js";

const DOMAIN = "countersign";

/**
 * The reason of a Countersign error, such as `MFA_NOT_ENABLED`, to branch on: a name of ErrorReason without its prefix. Undefined for anything else,
 * such as a broken connection.
 */
export function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN)?.reason;
}

/** How long to wait before a retry, in milliseconds, if the error says so. */
export function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay === undefined ? undefined : durationToMs(delay);
}
