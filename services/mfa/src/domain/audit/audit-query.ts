import type { Method } from "../factor/method.js";
import type { UserId } from "../user-id.js";
import type { AuditAction, AuditOutcome } from "./audit-event.js";

/** Which entries of the audit log: all conditions that are given must hold. */
export interface AuditFilter {
  readonly userId: UserId | undefined;
  readonly userRef: string | undefined;
  readonly from: Date | undefined;
  /** Not included. */
  readonly to: Date | undefined;
  readonly action: AuditAction | undefined;
  readonly outcome: AuditOutcome | undefined;
  readonly caller: string | undefined;
  /** In any spelling of `addressSpellings`. */
  readonly ipAddress: string | undefined;
  readonly method: Method | undefined;
  /** Of a rejection or an error, as entries name it. */
  readonly reason: string | undefined;
}

/** The last entry of a page. */
export interface AuditCursor {
  /** In UTC, to the microsecond. */
  readonly occurredAt: string;
  readonly id: string;
}

/** An entry as read back, which need not be well-formed. */
export interface AuditEntry {
  readonly id: string;
  readonly occurredAt: string;
  readonly action: string;
  readonly purpose: string;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly method: string | undefined;
  readonly caller: string;
  readonly userRef: string | undefined;
  /** Also undefined if the pseudonym cannot be resolved. */
  readonly userId: string | undefined;
  readonly requestId: string;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  /** The person who asked for an administrative act. */
  readonly administrator: string | undefined;
  readonly details: Readonly<Record<string, string>>;
}
