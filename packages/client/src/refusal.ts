import type { Rejection } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { durationToMs } from "./duration.js";
import { type RejectionReasonName, rejectionReasonName } from "./enum-names.js";
import { detailsOf } from "./error-details.js";

/** A code that was not accepted, by any RPC. */
export interface Refusal {
  /**
   * Why, for your log and never for a browser that is not logged in. `INVALID_FIELD`: the input is not a code, which cost no attempt. Undefined: the
   * outcome is not set, or newer than this client.
   */
  readonly reason: RejectionReasonName | "INVALID_FIELD" | undefined;
  /** How long until a code is compared again, if the user is locked and the lock ends by itself. In milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** How many further codes are compared before the user has to wait, if the service says so. */
  readonly remainingAttempts: number | undefined;
  /** As the service sent it; undefined if it sent none. */
  readonly rejection: Rejection | undefined;
}

/** The outcomes that refuse, including a mistyped code: the service reports an error, but it is the user's mistake, not the program's. */
type RefusingOutcome =
  | { readonly case: "rejected"; readonly value: Rejection }
  | { readonly case: undefined }
  | typeof MISTYPED;

const MISTYPED = { case: "mistyped" } as const;

/** The outcome of a call with a code. Throws as the call does, unless only the code is malformed. */
export async function outcomeOf<Outcome>(
  call: Promise<{ readonly outcome: Outcome }>,
): Promise<Outcome | typeof MISTYPED> {
  try {
    return (await call).outcome;
  } catch (error) {
    const { reason, fields } = detailsOf(error);
    if (reason === "INVALID_FIELD" && fields.join() === "code") return MISTYPED;
    throw error;
  }
}

/** Reads an outcome that does not accept. */
export function refusalFrom(outcome: RefusingOutcome): Refusal {
  if (outcome.case !== "rejected") {
    const reason = outcome.case === "mistyped" ? "INVALID_FIELD" : undefined;
    return { reason, retryAfterMs: undefined, remainingAttempts: undefined, rejection: undefined };
  }
  const { value: rejection } = outcome;
  const { reason, retryAfter, remainingAttempts } = rejection;
  const retryAfterMs = retryAfter === undefined ? undefined : durationToMs(retryAfter);
  return { reason: rejectionReasonName(reason), retryAfterMs, remainingAttempts, rejection };
}
