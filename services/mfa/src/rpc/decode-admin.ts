import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { AuditOutcome as OutcomeEnum } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import type {
  ListAuditEventsRequest,
  ResetMfaRequest,
} from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type { CallContext } from "@countersign/rpc-server";
import type { AdminInput } from "../app/audit/admin-event.js";
import type { ListAuditInput } from "../app/list-audit-events.js";
import { parseReason } from "../domain/admin/admin-reason.js";
import { AUDIT_ACTIONS, type AuditAction, type AuditOutcome } from "../domain/audit/audit-event.js";
import { checkFields } from "../domain/field-check.js";
import { type Parsed, parsed, problem } from "../domain/parsed.js";
import { parseUserId, type UserId } from "../domain/user-id.js";
import { actorOf, contextFields, NO_CONTEXT } from "./decode-actor.js";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1_000;
const MAX_USER_REF = 64;
const MAX_CALLER = 256;

const OUTCOMES = new Map<OutcomeEnum, AuditOutcome | undefined>([
  [OutcomeEnum.UNSPECIFIED, undefined],
  [OutcomeEnum.SUCCEEDED, "succeeded"],
  [OutcomeEnum.REJECTED, "rejected"],
  [OutcomeEnum.REFUSED, "refused"],
]);

/** ResetMfa, UnlockUser and EraseUser: a user and a reason. */
export function decodeAdminAct(
  request: Pick<ResetMfaRequest, "userId" | "reason" | "context">,
  call: CallContext,
): AdminInput {
  const fields = checkFields({
    user_id: parseUserId(request.userId),
    reason: parseReason(request.reason),
    ...contextFields(request.context),
  });
  return { userId: fields.user_id, reason: fields.reason, actor: actorOf(call, fields) };
}

export function decodeListAudit(request: ListAuditEventsRequest, call: CallContext): ListAuditInput {
  const { userId, userRef } = request;
  const fields = checkFields({
    user_id: parseUserFilter(userId),
    user_ref: userId !== "" && userRef !== "" ? problem("cannot be joined with user_id") : parseRef(userRef),
    start_time: parseTime(request.startTime),
    end_time: parseTime(request.endTime),
    action: parseAction(request.action),
    outcome: parseOutcome(request.outcome),
    caller: parseShortText(request.caller, MAX_CALLER),
    page_size: request.pageSize < 0 ? problem("must not be negative") : parsed(request.pageSize),
  });
  return {
    filter: {
      userId: fields.user_id,
      userRef: fields.user_ref,
      from: fields.start_time,
      to: fields.end_time,
      action: fields.action,
      outcome: fields.outcome,
      caller: fields.caller,
    },
    pageSize: Math.min(fields.page_size === 0 ? DEFAULT_PAGE_SIZE : fields.page_size, MAX_PAGE_SIZE),
    pageToken: request.pageToken,
    actor: actorOf(call, NO_CONTEXT),
  };
}

function parseUserFilter(input: string): Parsed<UserId | undefined> {
  return input === "" ? parsed(undefined) : parseUserId(input);
}

function parseRef(input: string): Parsed<string | undefined> {
  return parseShortText(input, MAX_USER_REF);
}

function parseShortText(input: string, limit: number): Parsed<string | undefined> {
  if (input === "") return parsed(undefined);
  return input.length <= limit && /^[\x21-\x7e]+$/.test(input)
    ? parsed(input)
    : problem(`must be at most ${limit} printable ASCII characters`);
}

/** The range of google.protobuf.Timestamp: the years 1 to 9999. */
function parseTime(input: Timestamp | undefined): Parsed<Date | undefined> {
  if (input === undefined) return parsed(undefined);
  const time = timestampDate(input);
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9_999 ? parsed(time) : problem("must be a time of the years 1 to 9999");
}

function parseAction(input: string): Parsed<AuditAction | undefined> {
  if (input === "") return parsed(undefined);
  const action = AUDIT_ACTIONS.find((known) => known === input);
  return action === undefined ? problem("is not an action of the audit log") : parsed(action);
}

function parseOutcome(input: OutcomeEnum): Parsed<AuditOutcome | undefined> {
  return OUTCOMES.has(input) ? parsed(OUTCOMES.get(input)) : problem("is not a known outcome");
}
