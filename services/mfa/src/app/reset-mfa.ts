import { adminEvent } from "./audit/admin-event.js";
import { type AdminAct, type AdminOutcome, isUnknown } from "./audit/user-unknown.js";
import { notifyUser } from "./delivery/notify-user.js";
import type { Deps } from "./dependencies/deps.js";

/** Disables MFA for a user who cannot give a code. */
export async function resetMfa(deps: Deps, input: AdminAct): Promise<AdminOutcome> {
  const { userId, actor } = input;
  const event = adminEvent(deps, "reset_mfa", input);
  // Read first: the reset erases the address for the notice.
  const [user, userUnknown] = await Promise.all([deps.store.readUser(userId), isUnknown(deps, input)]);
  await deps.admin.resetUser(event);
  if (user?.enabled === true) notifyUser(deps, { userId, factor: user.factor, actor }, { kind: "reset" });
  await Promise.all([deps.challenges.cancel(userId), deps.attempts.clear(userId)]);
  return { at: event.at, userUnknown };
}
