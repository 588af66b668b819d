import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import type { GetMfaStatusResponse } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { WINDOW_MINUTES } from "../../../domain/throttle/failure-limits.js";
import { endText, msOf, timeOf } from "../../entry-text/time-text.js";
import type { Finding } from "./finding.js";
import { counted, isRejectedCode, originText, type UserHistory } from "./user-history.js";

const MINUTE_MS = 60_000;

const WINDOWS: ReadonlyMap<string, { readonly text: string; readonly minutes: number }> = new Map([
  ["daily", { text: "24 hours", minutes: WINDOW_MINUTES.daily }],
  ["monthly", { text: "30 days", minutes: WINDOW_MINUTES.monthly }],
  ["yearly", { text: "365 days", minutes: WINDOW_MINUTES.yearly }],
]);

/** What refuses codes now, and its cause. */
export function lockFindings(
  status: GetMfaStatusResponse,
  history: UserHistory,
  now: Date,
): readonly Finding[] {
  return [...methodLock(status, history, now), ...backupCodeLock(history, now)];
}

function methodLock(status: GetMfaStatusResponse, history: UserHistory, now: Date): readonly Finding[] {
  const why = `${afterCodes(history)}${atLimit(history, now)}`;
  if (status.unlockRequired)
    return [{ kind: "unlock_required", text: `locked until an operator unlocks the user${why}` }];
  const end = timeOf(status.lockExpireTime);
  return end === undefined ? [] : [{ kind: "locked", text: `locked until ${endText(end, now)}${why}` }];
}

/** A code that came while the user was locked was not compared. */
function afterCodes({ sinceSuccess }: UserHistory): string {
  const codes = sinceSuccess.filter(
    (entry) => isRejectedCode(entry) && entry.reason !== "TOO_MANY_ATTEMPTS" && !isBackupCode(entry),
  );
  if (codes.length === 0) return "";
  const wrong = codes.every(({ reason }) => reason === "INVALID_CODE");
  const what = wrong ? counted(codes.length, "wrong code") : `${counted(codes.length, "code")} not accepted`;
  return ` after ${what}${originText(codes)}`;
}

function atLimit({ sinceUnlock }: UserHistory, now: Date): string {
  const reached = sinceUnlock.find(
    ({ action, details }) => action === "failure_limit_reached" && details.scope === "primary",
  );
  const window = WINDOWS.get(reached?.details.window ?? "");
  if (reached === undefined || window === undefined) return "";
  const isOver = msOf(reached) + window.minutes * MINUTE_MS < now.getTime();
  return isOver ? "" : `, with the limit of ${window.text} reached (${reached.details.failures} wrong codes)`;
}

/** Backup codes have their own lock, which the status does not show. */
function backupCodeLock({ sinceUnlock }: UserHistory, now: Date): readonly Finding[] {
  const locking = sinceUnlock.find((entry) => isBackupCode(entry) && entry.details.lock_ms !== undefined);
  if (locking === undefined) return [];
  const end = new Date(msOf(locking) + Number(locking.details.lock_ms));
  if (end <= now) return [];
  const text = `backup codes locked until ${endText(end, now)} after wrong ones${originText([locking])}`;
  return [{ kind: "backup_codes_locked", text }];
}

function isBackupCode({ method }: AuditEvent): boolean {
  return method === Method.BACKUP_CODE;
}
