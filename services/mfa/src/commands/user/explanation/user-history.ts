import { type AuditEvent, AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { isRead } from "../../entry-text/reads.js";

/** Notes about other entries. */
const NOTES: ReadonlySet<string> = new Set(["answer_repeated", "send_notice"]);

const UNLOCKS: ReadonlySet<string> = new Set(["unlock_user", "reset_mfa", "erase_user"]);
const SUCCESSES: ReadonlySet<string> = new Set([
  ...UNLOCKS,
  "verify_code",
  "verify_setup",
  "regenerate_backup_codes",
  "disable_mfa",
  "import_user",
]);

/** The audit log of one user, newest first. */
export interface UserHistory {
  readonly entries: readonly AuditEvent[];
  /** Those after the last accepted code, unlock, reset or import. */
  readonly sinceSuccess: readonly AuditEvent[];
  /** Those after the last unlock or reset. */
  readonly sinceUnlock: readonly AuditEvent[];
}

/** `entries`: newest first, as listed. */
export function userHistory(entries: readonly AuditEvent[]): UserHistory {
  const told = entries.filter((entry) => !isRead(entry) && !NOTES.has(entry.action));
  return { entries: told, sinceSuccess: before(told, SUCCESSES), sinceUnlock: before(told, UNLOCKS) };
}

function before(entries: readonly AuditEvent[], actions: ReadonlySet<string>): readonly AuditEvent[] {
  const end = entries.findIndex((entry) => succeeded(entry) && actions.has(entry.action));
  return end === -1 ? entries : entries.slice(0, end);
}

export function succeeded({ outcome }: AuditEvent): boolean {
  return outcome === AuditOutcome.SUCCEEDED;
}

/** A code that was compared, or could have been, and was not accepted. */
export function isRejectedCode({ outcome, action }: AuditEvent): boolean {
  return outcome === AuditOutcome.REJECTED && action !== "failure_limit_reached";
}

/** Where calls came from: `from 203.0.113.9 through caller web`. */
export function originText(entries: readonly AuditEvent[]): string {
  const addresses = distinct(entries.map(({ context }) => context?.ipAddress ?? ""));
  const callers = distinct(entries.map(({ caller }) => caller));
  const from = addresses.length === 0 ? "" : ` from ${listed(addresses)}`;
  return `${from} through caller ${listed(callers)}`;
}

const SHOWN = 3;

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(", ")} and ${more} more` : names.join(", ");
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== "");
}

/** `1 code`, `3 codes`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
