import { type AdminInput, adminEvent } from "./audit/admin-event.js";
import type { Deps } from "./dependencies/deps.js";

/** Erases all that is kept about a user. The audit log keeps a pseudonym that nothing resolves any more. */
export async function eraseUser(deps: Deps, input: AdminInput): Promise<Date> {
  const event = adminEvent(deps, "erase_user", input);
  await deps.admin.eraseUser(event);
  await Promise.all([deps.challenges.cancel(input.userId), deps.attempts.clear(input.userId)]);
  return event.at;
}
