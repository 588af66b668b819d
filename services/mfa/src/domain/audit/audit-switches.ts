import { type AnyAuditEvent, type AuditAction, type AuditPurpose, purposeOf } from "./audit-event.js";

/** Which events that changed nothing are recorded. All others always are, in one write with the change. */
export interface AuditSwitches {
  /** Refused enrolments and logins. */
  readonly authEvents: boolean;
  /** Reads of a user's status. */
  readonly dataAccess: boolean;
  /** Refused requests to disable MFA and for new backup codes. */
  readonly dataModifications: boolean;
  /** Reads and refused acts of support, and denied calls. */
  readonly adminActions: boolean;
}

const SWITCHES: Readonly<Record<AuditPurpose, keyof AuditSwitches>> = {
  enrol: "authEvents",
  verify: "authEvents",
  change: "dataModifications",
  read: "dataAccess",
  administer: "adminActions",
  operate: "adminActions",
};

const READS: ReadonlySet<AuditAction> = new Set([
  "get_mfa_status",
  "is_mfa_required",
  "list_audit_events",
  "list_users_by_state",
]);

/**
 * Whether the policy wants the event recorded. A checked code changed a count, so it is always recorded; so is a fault, which may be a stored value
 * that was altered.
 */
export function isRecorded(event: AnyAuditEvent, switches: AuditSwitches): boolean {
  const changedNothing = event.outcome === "refused" || READS.has(event.action);
  const always = event.action === "policy_reload" || event.reason === "INTERNAL";
  return !changedNothing || always || switches[SWITCHES[purposeOf(event)]];
}
