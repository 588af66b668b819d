import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { MfaAdminClient } from "@countersign/client";
import { ErrorReason } from "@countersign/protocol/countersign/mfa/v1/error_reason_pb.js";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { UsageError } from "../command-line/explain-failure.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { entryJson } from "../entry-text/entry-json.js";
import { entryTable } from "../entry-text/entry-table.js";
import { withService } from "../service-access/with-service.js";
import { CALLER, type UserFlags } from "./show.js";

export interface AuditFlags extends UserFlags {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  readonly action: string | undefined;
  readonly reason: string | undefined;
  readonly caller: string | undefined;
  readonly method: keyof typeof METHODS | undefined;
  readonly ipAddress: string | undefined;
  readonly limit: number | undefined;
}

const METHODS = {
  totp: Method.TOTP,
  sms: Method.SMS,
  email: Method.EMAIL,
  backup_code: Method.BACKUP_CODE,
} as const;

const DEFAULT_LIMIT = 50;

/** Throws UsageError for an unknown reason. */
export async function runAudit(context: ProgramContext, flags: AuditFlags, userId: string): Promise<number> {
  const request = requestOf(flags, userId);
  return withService({ context, flags, caller: CALLER }, async ({ admin }) => {
    const { events, nextPageToken, userUnknown } = await admin.listAuditEvents(request);
    if (flags.json === true) for (const entry of events) context.print(JSON.stringify(entryJson(entry)));
    else if (events.length > 0) context.print(entryTable(events).join("\n"));
    if (userUnknown)
      context.note(`countersign: there is no user ${userId}: nothing was ever enrolled under this id`);
    else if (events.length === 0) context.note("no entries");
    else if (nextPageToken !== "")
      context.note("there are older entries: --limit, or --to with the last time");
    return userUnknown ? 1 : 0;
  });
}

type ListRequest = Parameters<MfaAdminClient["listAuditEvents"]>[0];

function requestOf(flags: AuditFlags, userId: string): ListRequest {
  const { from, to, action = "", caller = "", method, ipAddress = "", limit = DEFAULT_LIMIT } = flags;
  return {
    userId,
    action,
    caller,
    ipAddress,
    pageSize: limit,
    ...(from === undefined ? {} : { startTime: timestampFromDate(from) }),
    ...(to === undefined ? {} : { endTime: timestampFromDate(to) }),
    ...(method === undefined ? {} : { method: METHODS[method] }),
    ...reasonFilter(flags.reason),
  };
}

/** The reason of an entry is that of a rejected code or of a failed call; each has its own list. */
function reasonFilter(name: string | undefined): Pick<ListRequest, "rejectionReason" | "errorReason"> {
  if (name === undefined) return {};
  const rejectionReason = numberOf(RejectionReason, name);
  if (rejectionReason !== undefined) return { rejectionReason };
  const errorReason = numberOf(ErrorReason, name);
  if (errorReason !== undefined) return { errorReason };
  throw new UsageError("--reason must be a reason as entries name it, such as INVALID_CODE");
}

function numberOf<T extends number>(reasons: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(reasons, name) && name !== "UNSPECIFIED" ? reasons[name] : undefined;
}
