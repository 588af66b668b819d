import { ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { durationToMs } from "./duration.js";

const DOMAIN = "countersign";

/**
 * The reason of an error of Countersign's, `MFA_NOT_ENABLED` say, by which to branch: a name of ErrorReason without its prefix. Undefined for
 * anything else, a broken connection say.
 */
export function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN)?.reason;
}

/** How long to wait before trying again, in milliseconds, when the error says so. */
export function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay === undefined ? undefined : durationToMs(delay);
}
