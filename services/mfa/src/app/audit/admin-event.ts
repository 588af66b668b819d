import type { Actor, AuditAction, AuditEvent } from "../../domain/audit/audit-event.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";

/** What an administrator asks for, about a user. */
export interface AdminInput {
  readonly userId: UserId;
  /** Kept in the audit log. */
  readonly reason: string;
  readonly actor: Actor;
}

export function adminEvent(deps: Pick<Deps, "now">, action: AuditAction, input: AdminInput): AuditEvent {
  const { userId, reason, actor } = input;
  return { action, outcome: "succeeded", userId, actor, at: deps.now(), details: { reason } };
}
