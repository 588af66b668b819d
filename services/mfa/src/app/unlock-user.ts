import { type AdminInput, adminEvent } from "./audit/admin-event.js";
import type { Deps } from "./dependencies/deps.js";

/** Lets a locked user try again, also one whom a hundred failures have locked for good. */
export async function unlockUser(deps: Deps, input: AdminInput): Promise<Date> {
  const event = adminEvent(deps, "unlock_user", input);
  await deps.admin.unlockUser(event);
  // After the durable part, whose audit row then tells of this too.
  await deps.attempts.clear(input.userId);
  return event.at;
}
