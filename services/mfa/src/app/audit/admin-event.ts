import type { Actor, AuditAction, AuditEvent } from "../../domain/audit/audit-event.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";

/** What an administrator asks for, about a user. */
export interface AdminInput {
  readonly userId: UserId;
  /** Kept in the audit log. */
  readonly reason: string;
  /** The person who asks, as the caller names them. Kept in the audit log. */
  readonly administrator: string | undefined;
  /** The caller that passes it on. */
  readonly actor: Actor;
}

/** In the details, because a separate column would add a value to every login's row (docs/decisions/0035). */
export function adminEvent(deps: Pick<Deps, "now">, action: AuditAction, input: AdminInput): AuditEvent {
  const { userId, reason, administrator, actor } = input;
  const details = { reason, ...(administrator === undefined ? {} : { actor: administrator }) };
  return { action, outcome: "succeeded", userId, actor, at: deps.now(), details };
}
