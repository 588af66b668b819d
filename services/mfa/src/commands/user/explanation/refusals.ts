import { type AuditEvent, AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { msOf, timeText } from "../../entry-text/time-text.js";
import type { Finding } from "./finding.js";
import { counted, isRejectedCode, originText, type UserHistory } from "./user-history.js";

const DAY_MS = 24 * 60 * 60_000;

const REJECTIONS: Readonly<Record<string, string>> = {
  INVALID_CODE: "the last was wrong",
  CODE_EXPIRED: "the last was too old",
  CODE_REPLAYED: "the last had been used before",
  NO_PENDING_CHALLENGE: "the last answered no code that was sent",
};

const REFUSALS: Readonly<Record<string, string>> = {
  METHOD_DISABLED: "the policy has switched the method off",
  METHOD_NOT_ALLOWED: "the policy does not allow the method, or it is not the user's",
  METHOD_HAS_NO_CODE_TO_SEND: "codes of an authenticator app are not sent",
  DESTINATION_NOT_ALLOWED: "the policy does not allow the phone number or address",
  USER_RATE_LIMITED: "the user's codes are checked too often",
  IP_NOT_ALLOWED: "the policy does not allow the address",
  INTERNAL: "a fault; the service's log has the request",
};

/** Reported by another finding, or by the status. */
const TOLD: ReadonlySet<string> = new Set([
  "DELIVERY_FAILED",
  "SEND_RATE_LIMITED",
  "UNLOCK_REQUIRED",
  "MFA_NOT_ENABLED",
  "MFA_NOT_CONFIGURED",
]);

/** Codes that were not accepted since the last accepted one, while nothing is locked. */
export function rejectionFinding({ sinceSuccess }: UserHistory, now: Date): readonly Finding[] {
  const rejected = sinceSuccess.filter((entry) => isRejectedCode(entry) && isRecent(entry, now));
  const [newest] = rejected;
  if (newest === undefined) return [];
  const why = REJECTIONS[newest.reason] ?? newest.reason;
  const at = timeText(new Date(msOf(newest)), now);
  const what = `${counted(rejected.length, "code")} not accepted since the last success`;
  return [{ kind: "codes_rejected", text: `${what}, at ${at}${originText([newest])}: ${why}` }];
}

/** The last call about the user, if it was refused. */
export function refusalFinding({ entries }: UserHistory, now: Date): readonly Finding[] {
  const newest = entries.find(({ purpose }) => purpose !== "administer");
  if (newest?.outcome !== AuditOutcome.REFUSED || TOLD.has(newest.reason) || !isRecent(newest, now))
    return [];
  const { action, reason } = newest;
  const words = REFUSALS[reason];
  const why = words === undefined ? reason : `${reason}: ${words}`;
  const at = timeText(new Date(msOf(newest)), now);
  return [{ kind: "call_refused", text: `${action} was refused at ${at}${originText([newest])} (${why})` }];
}

function isRecent(entry: AuditEvent, now: Date): boolean {
  return msOf(entry) > now.getTime() - DAY_MS;
}
