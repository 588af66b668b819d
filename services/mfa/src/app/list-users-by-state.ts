import type { Actor } from "../domain/audit/audit-event.js";
import type { UserStateCount } from "../domain/enrolment/user-state.js";
import type { Deps } from "./dependencies/deps.js";

/** Counts users by the state of their enrolment. */
export async function listUsersByState(deps: Deps, actor: Actor): Promise<readonly UserStateCount[]> {
  const counts = await deps.admin.countUsersByState();
  await deps.store.record({
    action: "list_users_by_state",
    outcome: "succeeded",
    actor,
    at: deps.now(),
  });
  return counts;
}
