import type { ClientContext } from "./client-context.js";
import type { Method } from "./method.js";
import type { RejectionReason } from "./rejection.js";
import type { UserId } from "./user-id.js";

export type AuditAction =
  | "setup_mfa"
  | "verify_setup"
  | "verify_code"
  | "disable_mfa"
  | "regenerate_backup_codes"
  | "get_mfa_status"
  | "is_mfa_required";

/** Who asked, and for whom they say they ask. */
export interface Actor {
  /** Identity of the calling service. */
  readonly caller: string;
  readonly requestId: string;
  readonly context: ClientContext;
}

/** One row of the audit log. Never holds a code, a secret, a phone number or an address. */
export interface AuditEvent {
  readonly action: AuditAction;
  readonly outcome: "succeeded" | "rejected";
  readonly reason?: RejectionReason;
  readonly method?: Method;
  readonly userId: UserId;
  readonly actor: Actor;
  readonly at: Date;
}
