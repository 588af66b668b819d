import type { Log } from "@countersign/telemetry-ports";
import type { AnyAuditEvent } from "../../domain/audit/audit-event.js";
import type { UserId } from "../../domain/user-id.js";

/** Logs each lock that begins with a wrong code, from the event of that code. A code during a lock writes no line. */
export function lockLog(parts: {
  readonly log: Log;
  readonly userRef: (userId: UserId) => string;
}): (event: AnyAuditEvent) => void {
  const { log, userRef } = parts;
  return (event) => {
    const lock = lockOf(event);
    if (lock === undefined || event.userId === undefined) return;
    const { actor, action, method } = event;
    const about = { request_id: actor.requestId, user_ref: userRef(event.userId), caller: actor.caller };
    log.warn({ ...about, action, method, ...lock }, "user locked");
  };
}

function lockOf({ action, outcome, details, at }: AnyAuditEvent): object | undefined {
  if (outcome !== "rejected" || details === undefined) return undefined;
  if (action === "failure_limit_reached") {
    const { scope, window: limit, failures } = details;
    return { scope, limit, failures: Number(failures) };
  }
  const { lock_ms: lockMs, unlock_required: unlockRequired } = details;
  if (lockMs === undefined && unlockRequired === undefined) return undefined;
  return {
    ...(lockMs === undefined ? {} : { lock_end: new Date(at.getTime() + Number(lockMs)).toISOString() }),
    ...(unlockRequired === undefined ? {} : { unlock_required: true }),
  };
}
