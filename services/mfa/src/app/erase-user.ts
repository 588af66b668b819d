import { adminEvent } from "./audit/admin-event.js";
import { type AdminAct, type AdminOutcome, isUnknown } from "./audit/user-unknown.js";
import type { Deps } from "./dependencies/deps.js";

/** Erases all that is kept about a user. The audit log keeps a pseudonym that nothing resolves any more. */
export async function eraseUser(deps: Deps, input: AdminAct): Promise<AdminOutcome> {
  const event = adminEvent(deps, "erase_user", input);
  const userUnknown = await isUnknown(deps, input);
  await deps.admin.eraseUser(event);
  await Promise.all([deps.challenges.cancel(input.userId), deps.attempts.clear(input.userId)]);
  return { at: event.at, userUnknown };
}
