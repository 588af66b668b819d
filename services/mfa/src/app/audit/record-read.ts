import type { Actor } from "../../domain/audit/audit-event.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";

/** The audit row of a status read. Awaited before the answer: a read that is not recorded is not answered. */
export async function recordRead(
  deps: Pick<Deps, "now" | "store">,
  read: {
    readonly action: "get_mfa_status" | "is_mfa_required";
    readonly userId: UserId;
    readonly actor: Actor;
  },
): Promise<void> {
  const { action, userId, actor } = read;
  await deps.store.record({ action, outcome: "succeeded", userId, actor, at: deps.now() });
}
