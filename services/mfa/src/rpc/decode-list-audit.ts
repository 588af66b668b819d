import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { AuditOutcome as OutcomeEnum } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import type { ListAuditEventsRequest } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type { CallContext } from "@countersign/rpc-server";
import type { ListAuditInput } from "../app/list-audit-events.js";
import { AUDIT_ACTIONS, type AuditAction, type AuditOutcome } from "../domain/audit/audit-event.js";
import { isToldUnknownUsers } from "../domain/caller/caller.js";
import { parseIpAddress } from "../domain/caller/client-context.js";
import { checkFields } from "../domain/field-check.js";
import { type Parsed, parsed, problem } from "../domain/parsed.js";
import { parseUserId, type UserId } from "../domain/user-id.js";
import { actorOf, NO_CONTEXT } from "./decode-actor.js";
import { parseErrorReason, parseRejectionReason } from "./decode-reason.js";
import { parseMethod } from "./method-enum.js";

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

export function decodeListAudit(request: ListAuditEventsRequest, call: CallContext): ListAuditInput {
  const { userId, userRef, rejectionReason, errorReason } = request;
  const fields = checkFields({
    user_id: parseUserFilter(userId),
    user_ref: userId !== "" && userRef !== "" ? problem("cannot be joined with user_id") : parseRef(userRef),
    start_time: parseTime(request.startTime),
    end_time: parseTime(request.endTime),
    action: parseAction(request.action),
    outcome: parseOutcome(request.outcome),
    caller: parseShortText(request.caller, MAX_CALLER),
    ip_address: parseIpAddress(request.ipAddress),
    method: parseMethod(request.method),
    rejection_reason: parseRejectionReason(rejectionReason),
    error_reason:
      rejectionReason !== 0 && errorReason !== 0
        ? problem("cannot be joined with rejection_reason")
        : parseErrorReason(errorReason),
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
      ipAddress: fields.ip_address,
      method: fields.method,
      reason: fields.rejection_reason ?? fields.error_reason,
    },
    pageSize: Math.min(fields.page_size === 0 ? DEFAULT_PAGE_SIZE : fields.page_size, MAX_PAGE_SIZE),
    pageToken: request.pageToken,
    actor: actorOf(call, NO_CONTEXT),
    tellUnknown: isToldUnknownUsers(call.caller),
  };
}

function parseUserFilter(input: string): Parsed<UserId | undefined> {
  return input === "" ? parsed(undefined) : parseUserId(input);
}

function parseRef(input: string): Parsed<string | undefined> {
  return parseShortText(input, MAX_USER_REF);
}

/** Commands are callers too, and their names have a blank: `countersign user`. */
function parseShortText(input: string, limit: number): Parsed<string | undefined> {
  if (input === "") return parsed(undefined);
  return input.length <= limit && /^[\x20-\x7e]+$/.test(input)
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
