import type { ClientContext } from "../caller/client-context.js";
import type { Reason } from "../errors.js";
import type { Method } from "../factor/method.js";
import type { UserId } from "../user-id.js";
import type { RejectionReason } from "../verification/rejection.js";

/** Everything that is audited: the RPCs by their names, and events without an RPC. */
export const AUDIT_ACTIONS = [
  "setup_mfa",
  "verify_setup",
  "send_verification_code",
  "verify_code",
  "disable_mfa",
  "regenerate_backup_codes",
  "get_mfa_status",
  "is_mfa_required",
  "reset_mfa",
  "unlock_user",
  "erase_user",
  "list_audit_events",
  "list_users_by_state",
  "import_user",
  "import_users",
  "export_users",
  "policy_reload",
  "call_denied",
  "drop_backup_codes",
  "send_notice",
  "failure_limit_reached",
  "answer_repeated",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What a call was for. */
export type AuditPurpose = "enrol" | "verify" | "change" | "read" | "administer" | "operate";

/** `rejected`: a code was not accepted. `refused`: a precondition or the input was broken, so nothing was compared. */
export const AUDIT_OUTCOMES = ["succeeded", "rejected", "refused"] as const;

export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** Who called, and the end user whom the caller named. */
export interface Actor {
  /** Identity of the calling service. */
  readonly caller: string;
  readonly requestId: string;
  readonly context: ClientContext;
}

/** One row of the audit log. Never holds a code, a secret, a phone number or an address. */
export interface AnyAuditEvent {
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  readonly reason?: RejectionReason | Reason;
  readonly method?: Method;
  /** Undefined: as the action says. Set if one action serves several purposes. */
  readonly purpose?: AuditPurpose;
  /** Undefined if the event concerns no user, or a malformed id. */
  readonly userId?: UserId;
  readonly actor: Actor;
  readonly at: Date;
  /** Further facts: at most MAX_DETAILS_BYTES as JSON. */
  readonly details?: Readonly<Record<string, string>>;
}

/** An event about a user. */
export interface AuditEvent extends AnyAuditEvent {
  readonly userId: UserId;
}

/** Bounds the size of rows that a caller can cause. */
export const MAX_DETAILS_BYTES = 4_096;

const PURPOSES: Readonly<Record<AuditAction, AuditPurpose>> = {
  setup_mfa: "enrol",
  verify_setup: "enrol",
  send_verification_code: "verify",
  verify_code: "verify",
  disable_mfa: "change",
  regenerate_backup_codes: "change",
  get_mfa_status: "read",
  is_mfa_required: "read",
  reset_mfa: "administer",
  unlock_user: "administer",
  erase_user: "administer",
  list_audit_events: "administer",
  list_users_by_state: "administer",
  import_user: "administer",
  import_users: "administer",
  export_users: "administer",
  policy_reload: "operate",
  call_denied: "operate",
  drop_backup_codes: "operate",
  send_notice: "operate",
  failure_limit_reached: "operate",
  answer_repeated: "verify",
};

export function purposeOf(event: AnyAuditEvent): AuditPurpose {
  return event.purpose ?? PURPOSES[event.action];
}
