import type { GetMfaStatusResponse } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { methodText } from "../../entry-text/method-text.js";
import { msOf, timeOf, timeText } from "../../entry-text/time-text.js";
import type { Finding } from "./finding.js";
import { counted, originText, succeeded, type UserHistory } from "./user-history.js";

const ENDS: ReadonlyMap<string, string> = new Map([
  ["reset_mfa", "reset"],
  ["disable_mfa", "disabled by the user"],
  ["erase_user", "erased"],
]);

/** What the user has that can be used. */
export function enrolmentFacts(status: GetMfaStatusResponse, now: Date): readonly string[] {
  if (!status.enabled) return [];
  const since = timeOf(status.verifyTime);
  const lastUse = timeOf(status.lastUseTime);
  const facts = [
    `MFA by ${methodOf(status)}`,
    ...(since === undefined ? [] : [` since ${timeText(since, now)}`]),
    ...(lastUse === undefined ? [] : [`, last used ${timeText(lastUse, now)}`]),
  ];
  const { backupCodesRemaining: left } = status;
  return [facts.join(""), left === 0 ? "no backup code left" : `${counted(left, "backup code")} left`];
}

/** What is missing for a login with MFA. */
export function enrolmentFindings(
  status: GetMfaStatusResponse,
  history: UserHistory,
  now: Date,
): readonly Finding[] {
  if (status.enabled) return [];
  const begun = timeOf(status.createTime);
  if (begun !== undefined) {
    const text = `enrolment by ${methodOf(status)} was not confirmed: MFA is not on`;
    return [{ kind: "pending", text }];
  }
  return [{ kind: "not_enrolled", text: `MFA is off${howItEnded(history, now)}` }];
}

function howItEnded({ entries }: UserHistory, now: Date): string {
  const end = entries.find((entry) => succeeded(entry) && ENDS.has(entry.action));
  if (end === undefined) return "";
  const { reason } = end.details;
  const who = end.actor === "" ? "" : ` by ${end.actor}`;
  const why = reason === undefined ? "" : ` ("${reason}")`;
  const how = ENDS.get(end.action) ?? end.action;
  return `: ${how} at ${timeText(new Date(msOf(end)), now)}${who}${originText([end])}${why}`;
}

/** With the masked destination of codes. */
function methodOf({
  method,
  maskedDestination,
}: Pick<GetMfaStatusResponse, "method" | "maskedDestination">): string {
  const name = methodText(method) ?? "an unknown method";
  return maskedDestination === "" ? name : `${name} to ${maskedDestination}`;
}
