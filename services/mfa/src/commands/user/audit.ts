import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { MfaAdminClient } from "@countersign/client";
import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { ErrorReason } from "@countersign/protocol/countersign/mfa/v1/error_reason_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { Method } from "../../domain/factor/method.js";
import { encodeMethod } from "../../rpc/method-enum.js";
import { UsageError } from "../command-line/explain-failure.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { entryJson } from "../entry-text/entry-json.js";
import { entryTable } from "../entry-text/entry-table.js";
import { isRead } from "../entry-text/reads.js";
import { withService } from "../service-access/with-service.js";
import { CALLER, type UserFlags } from "./show.js";

export interface AuditFlags extends UserFlags {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  readonly action: string | undefined;
  readonly reason: string | undefined;
  readonly caller: string | undefined;
  readonly method: Method | undefined;
  readonly ipAddress: string | undefined;
  readonly limit: number | undefined;
  readonly reads: boolean | undefined;
}

const DEFAULT_LIMIT = 50;

/** Bounds the search for entries that are not reads. */
const MOST_PAGES = 5;
const PAGE = 1_000;

/** Throws UsageError for an unknown reason. */
export async function runAudit(context: ProgramContext, flags: AuditFlags, userId: string): Promise<number> {
  const request = requestOf(flags, userId);
  return withService({ context, flags, caller: CALLER }, async ({ admin }) => {
    const { entries, more, userUnknown } = await list(admin, request, flags);
    if (flags.json === true) for (const entry of entries) context.print(JSON.stringify(entryJson(entry)));
    else if (entries.length > 0) context.print(entryTable(entries).join("\n"));
    if (userUnknown)
      context.note(`countersign: there is no user ${userId}: nothing was ever enrolled under this id`);
    else if (more) context.note("there are older entries: --limit, or --to with the last time");
    else if (entries.length === 0) context.note("no entries");
    return userUnknown ? 1 : 0;
  });
}

interface Listed {
  readonly entries: readonly AuditEvent[];
  /** Whether there are older entries. */
  readonly more: boolean;
  readonly userUnknown: boolean;
}

/** Omits reads unless `reads` or an action is given. */
async function list(
  admin: MfaAdminClient,
  request: ListRequest,
  { reads, action, limit = DEFAULT_LIMIT }: AuditFlags,
): Promise<Listed> {
  const all = reads === true || action !== undefined;
  const entries: AuditEvent[] = [];
  let userUnknown = false;
  let pageToken = "";
  for (let page = 0; page < MOST_PAGES && entries.length <= limit; page += 1) {
    const listed = await admin.listAuditEvents({ ...request, pageSize: all ? limit : PAGE, pageToken });
    entries.push(...listed.events.filter((entry) => all || !isRead(entry)));
    userUnknown = listed.userUnknown;
    pageToken = listed.nextPageToken;
    if (all || pageToken === "") break;
  }
  const more = pageToken !== "" || entries.length > limit;
  return { entries: entries.slice(0, limit), more, userUnknown };
}

type ListRequest = Parameters<MfaAdminClient["listAuditEvents"]>[0];

function requestOf(flags: AuditFlags, userId: string): ListRequest {
  const { from, to, action = "", caller = "", method, ipAddress = "" } = flags;
  return {
    userId,
    action,
    caller,
    ipAddress,
    ...(from === undefined ? {} : { startTime: timestampFromDate(from) }),
    ...(to === undefined ? {} : { endTime: timestampFromDate(to) }),
    ...(method === undefined ? {} : { method: encodeMethod(method) }),
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
