import type { GetMfaStatusResponse } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { methodText } from "../entry-text/method-text.js";
import { endText, timeOf, timeText } from "../entry-text/time-text.js";
import type { AccessFlags } from "../service-access/access-flags.js";
import { withService } from "../service-access/with-service.js";

/** Flags of every command about a user. */
export interface UserFlags extends AccessFlags {
  readonly json: boolean | undefined;
}

/** The caller of these commands in the audit log if they use the stores directly. */
export const CALLER = "countersign user";

export async function runShow(context: ProgramContext, flags: UserFlags, userId: string): Promise<number> {
  return withService({ context, flags, caller: CALLER }, async ({ mfa }) => {
    const status = await mfa.getMfaStatus({ userId });
    const lines =
      flags.json === true
        ? [JSON.stringify({ user: userId, ...statusJson(status) })]
        : rowsOf(userId, status, context.now()).map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${value}`);
    for (const line of lines) context.print(line);
    return 0;
  });
}

const NAME_WIDTH = 16;

function rowsOf(
  userId: string,
  status: GetMfaStatusResponse,
  now: Date,
): readonly (readonly [string, string])[] {
  const at = (name: "createTime" | "verifyTime" | "lastUseTime"): string => {
    const time = timeOf(status[name]);
    return time === undefined ? "-" : timeText(time, now);
  };
  return [
    ["user", userId],
    ["mfa", stateText(status)],
    ["method", methodText(status.method) ?? "-"],
    ["sent to", status.maskedDestination === "" ? "-" : status.maskedDestination],
    ["enrolled", at("createTime")],
    ["confirmed", at("verifyTime")],
    ["last used", at("lastUseTime")],
    ["backup codes", String(status.backupCodesRemaining)],
    ["locked", lockText(status, now)],
  ];
}

function stateText({ enabled, createTime }: GetMfaStatusResponse): string {
  if (enabled) return "on";
  return createTime === undefined
    ? "off: nothing is enrolled under this id"
    : "off: the enrolment is not confirmed";
}

function lockText({ unlockRequired, lockExpireTime }: GetMfaStatusResponse, now: Date): string {
  if (unlockRequired) return "until an operator unlocks the user";
  const end = timeOf(lockExpireTime);
  return end === undefined ? "no" : `until ${endText(end, now)}`;
}

/** The status for programs; times by ISO 8601. */
export function statusJson(status: GetMfaStatusResponse): object {
  const { enabled, verified, maskedDestination, backupCodesRemaining, unlockRequired } = status;
  return {
    enabled,
    verified,
    method: methodText(status.method),
    maskedDestination: maskedDestination === "" ? undefined : maskedDestination,
    backupCodesRemaining,
    createTime: timeOf(status.createTime),
    verifyTime: timeOf(status.verifyTime),
    lastUseTime: timeOf(status.lastUseTime),
    lockExpireTime: timeOf(status.lockExpireTime),
    unlockRequired,
  };
}
