import { type AdminInput, adminEvent, clearLocks } from "./admin-act.js";
import type { Deps } from "./deps.js";

/** Ends MFA for a user who can give no code. */
export async function resetMfa(deps: Deps, input: AdminInput): Promise<Date> {
  const event = adminEvent(deps, "reset_mfa", input);
  await deps.admin.resetUser(event);
  await Promise.all([deps.challenges.cancel(input.userId), clearLocks(deps, input.userId)]);
  return event.at;
}
