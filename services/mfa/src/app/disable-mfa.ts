import type { Deps } from "./dependencies/deps.js";
import { logFault } from "./dependencies/log-fault.js";
import { checkCode } from "./verification/check-code.js";
import type { Checked, CodeInput } from "./verification/checked-code.js";

/** Disables MFA for a user who gives a right code. */
export async function disableMfa(deps: Deps, input: CodeInput): Promise<Checked> {
  const { userId, actor } = input;
  const checked = await checkCode(deps, input, "disable_mfa");
  // Cleanup only: a code sent for a factor that no longer exists is worth nothing, because the factor is read from Postgres. Awaited, or it could end
  // the challenge of an enrolment that follows immediately.
  if (checked.outcome === "accepted") {
    await deps.challenges
      .cancel(userId)
      .catch((fault: unknown) => logFault(deps, { what: "cancelling challenges", actor }, fault));
  }
  return checked;
}
