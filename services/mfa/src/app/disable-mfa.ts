import type { Deps } from "./dependencies/deps.js";
import { logFault } from "./dependencies/log-fault.js";
import { checkCode } from "./verification/check-code.js";
import type { Checked, CodeInput } from "./verification/checked-code.js";

/** Ends MFA for a user who gives a right code. */
export async function disableMfa(deps: Deps, input: CodeInput): Promise<Checked> {
  const { userId, actor } = input;
  const checked = await checkCode(deps, input, "disable_mfa");
  // Tidying only: a code that was sent for a factor that is no more is worth nothing, for the factor is read from Postgres. Awaited, or it
  // could end the challenge of an enrolment that follows at once.
  if (checked.outcome === "accepted") {
    await deps.challenges
      .cancel(userId)
      .catch((fault: unknown) => logFault(deps, { what: "cancelling challenges", actor }, fault));
  }
  return checked;
}
