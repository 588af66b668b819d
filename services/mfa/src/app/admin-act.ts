import type { Actor, AuditAction, AuditEvent } from "../domain/audit-event.js";
import type { AttemptLane } from "../domain/ports/attempt-store.js";
import type { UserId } from "../domain/user-id.js";
import type { Deps } from "./deps.js";

/** What an administrator asks for, about a user. */
export interface AdminInput {
  readonly userId: UserId;
  /** Kept in the audit log. */
  readonly reason: string;
  readonly actor: Actor;
}

const LANES: readonly AttemptLane[] = ["primary", "backup", "enrolment"];

export function adminEvent(deps: Deps, action: AuditAction, input: AdminInput): AuditEvent {
  const { userId, reason, actor } = input;
  return { action, outcome: "succeeded", userId, actor, at: deps.now(), details: { reason } };
}

/** Clears every lock that would run out by itself. After the durable part, whose audit row then tells of this too. */
export async function clearLocks(deps: Deps, userId: UserId): Promise<void> {
  await Promise.all(LANES.map((lane) => deps.attempts.forgive(userId, lane)));
}
