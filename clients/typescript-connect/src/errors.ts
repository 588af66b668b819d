import { ConnectError } from "@connectrpc/connect";
import { reasonOf, retryAfterMsOf } from "@countersign/client";
import { BadRequestSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";

// snippet:reason begin
/** What a login does about a call that failed: it branches on the reason, never on the text. None of them lets the user in. */
export function whatToDo(error: unknown): "ask again" | "enrol first" | "give up" {
  switch (reasonOf(error)) {
    case "REQUEST_IN_FLIGHT":
      return "ask again"; // in retryAfterMsOf(error) milliseconds
    case "MFA_NOT_ENABLED":
      return "enrol first";
    default:
      return "give up"; // for this time; undefined where no answer of Countersign's arrived
  }
}
// snippet:reason end

/** The fields of the request that Countersign did not take. */
export function fieldsOf(error: unknown): string[] {
  return ConnectError.from(error)
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
}

export { reasonOf, retryAfterMsOf };
