import type { Rejection } from "../domain/verification/rejection.js";
import { logFault } from "./audit/log-fault.js";
import type { Deps } from "./dependencies/deps.js";
import { type Accepted, type CodeInput, checkCode } from "./verification/check-code.js";

/** Ends MFA for a user who gives a right code. */
export async function disableMfa(deps: Deps, input: CodeInput): Promise<Accepted | Rejection> {
  const { userId, actor } = input;
  const checked = await checkCode(deps, input, {
    name: "disable_mfa",
    redeem: (proof) => deps.store.disable(proof),
    notice: () => ({ kind: "disabled" }),
  });
  // Tidying only: a code that was sent for a factor that is no more is worth nothing, for the factor is read from Postgres. Awaited, or it
  // could end the challenge of an enrolment that follows at once.
  if (checked.outcome === "accepted") {
    await deps.challenges
      .cancel(userId)
      .catch((fault: unknown) => logFault(deps, { what: "cancelling challenges", actor }, fault));
  }
  return checked;
}
