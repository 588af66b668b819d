import { type AdminInput, adminEvent } from "./audit/admin-event.js";
import { notifyUser } from "./delivery/notify-user.js";
import type { Deps } from "./dependencies/deps.js";

/** Ends MFA for a user who can give no code. */
export async function resetMfa(deps: Deps, input: AdminInput): Promise<Date> {
  const { userId, actor } = input;
  const event = adminEvent(deps, "reset_mfa", input);
  // Read before: the reset erases where to tell it.
  const user = await deps.store.readUser(userId);
  await deps.admin.resetUser(event);
  if (user?.enabled === true) notifyUser(deps, { userId, factor: user.factor, actor }, { kind: "reset" });
  await Promise.all([deps.challenges.cancel(userId), deps.attempts.clear(userId)]);
  return event.at;
}
