import { reasonOf } from "@countersign/client";

// snippet:reason begin
/**
 * What a login does about a call that failed: it branches on the reason, never on the text. None of them lets the user in. A misspelt reason
 * does not compile.
 */
export function whatToDo(error: unknown): "ask again" | "enrol first" | "give up" {
  switch (reasonOf(error)) {
    case "REQUEST_IN_FLIGHT":
      return "ask again"; // in as many milliseconds as its retryAfterMs says
    case "MFA_NOT_ENABLED":
      return "enrol first";
    default:
      return "give up"; // for this time; undefined where no answer of Countersign's arrived
  }
}
// snippet:reason end
