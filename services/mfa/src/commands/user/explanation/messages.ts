import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { methodText } from "../../entry-text/method-text.js";
import { msOf, timeText } from "../../entry-text/time-text.js";
import type { Finding } from "./finding.js";
import { counted, succeeded, type UserHistory } from "./user-history.js";

const DAY_MS = 24 * 60 * 60_000;
/** What was sent a moment ago may still be on its way. */
const ON_ITS_WAY_MS = 2 * 60_000;

const SENDS: ReadonlySet<string> = new Set(["send_verification_code", "setup_mfa"]);

/** Why a message may not have arrived: the results of the sends of the last 24 hours since the last success. */
export function messageFindings({ sinceSuccess }: UserHistory, now: Date): readonly Finding[] {
  const recent = sinceSuccess.filter((entry) => msOf(entry) > now.getTime() - DAY_MS);
  const newest = recent.find((entry) => isFailure(entry) || isLimited(entry) || isSend(entry));
  if (newest === undefined) return [];
  if (isFailure(newest)) return [failed(newest, recent.filter(isFailure), now)];
  if (isLimited(newest)) return [limited(recent.filter(isLimited), now)];
  return notEntered(recent, now);
}

function failed(newest: AuditEvent, failures: readonly AuditEvent[], now: Date): Finding {
  const { provider, failure, detail } = newest.details;
  const through = provider === undefined ? "" : ` by ${provider}`;
  const why = [failure, detail].filter((word) => word !== undefined).join(", ");
  const reason = why === "" ? "" : ` (${why})`;
  const text = `the code of ${timeText(new Date(msOf(newest)), now)} could not be delivered${through}${reason}`;
  const count = failures.length === 1 ? "" : `, nor the ${counted(failures.length - 1, "code")} before it`;
  return { kind: "delivery_failed", text: `${text}${count}` };
}

function limited(refused: readonly AuditEvent[], now: Date): Finding {
  const text = `${counted(refused.length, "request")} for a code refused by the sending limits${sinceText(refused, now)}`;
  return { kind: "sends_limited", text };
}

/** Providers accepted the messages; whether they arrived is unknown. */
function notEntered(recent: readonly AuditEvent[], now: Date): readonly Finding[] {
  const attempt = recent.findIndex(({ action }) => action.startsWith("verify_"));
  const sends = (attempt === -1 ? recent : recent.slice(0, attempt)).filter(isSend);
  const [newest] = sends;
  if (newest === undefined || msOf(newest) > now.getTime() - ON_ITS_WAY_MS) return [];
  const { provider } = newest.details;
  const by = [methodText(newest.method) ?? "a message", ...(provider === undefined ? [] : [provider])];
  const were = sends.length === 1 ? "was" : "were";
  const text = `${counted(sends.length, "code")} ${were} sent by ${by.join(" through ")}${sinceText(sends, now)} and none was entered`;
  return [{ kind: "codes_not_entered", text }];
}

/** `entries` newest first. */
function sinceText(entries: readonly AuditEvent[], now: Date): string {
  const first = entries.at(-1);
  return first === undefined ? "" : ` since ${timeText(new Date(msOf(first)), now)}`;
}

function isSend(entry: AuditEvent): boolean {
  return entry.action === "send_verification_code" && succeeded(entry);
}

function isFailure({ action, reason }: AuditEvent): boolean {
  return SENDS.has(action) && reason === "DELIVERY_FAILED";
}

function isLimited({ action, reason }: AuditEvent): boolean {
  return SENDS.has(action) && reason === "SEND_RATE_LIMITED";
}
