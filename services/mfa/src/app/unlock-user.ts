import { type AdminInput, adminEvent } from "./audit/admin-event.js";
import type { Deps } from "./dependencies/deps.js";

/** Lets a locked user try again, including one whom a hundred failures have locked until an operator unlocks. */
export async function unlockUser(deps: Deps, input: AdminInput): Promise<Date> {
  const event = adminEvent(deps, "unlock_user", input);
  await deps.admin.unlockUser(event);
  // After the durable part, so that its audit row covers this as well.
  await deps.attempts.clear(input.userId);
  return event.at;
}
