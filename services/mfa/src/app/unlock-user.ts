import { adminEvent } from "./audit/admin-event.js";
import { type AdminAct, type AdminOutcome, isUnknown } from "./audit/user-unknown.js";
import type { Deps } from "./dependencies/deps.js";

/** Lets a locked user try again, including one whom a hundred failures have locked until an operator unlocks. */
export async function unlockUser(deps: Deps, input: AdminAct): Promise<AdminOutcome> {
  const event = adminEvent(deps, "unlock_user", input);
  const userUnknown = await isUnknown(deps, input);
  await deps.admin.unlockUser(event);
  // After the durable part, so that its audit row covers this as well.
  await deps.attempts.clear(input.userId);
  return { at: event.at, userUnknown };
}
