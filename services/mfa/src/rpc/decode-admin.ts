import type { ResetMfaRequest } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type { CallContext } from "@countersign/rpc-server";
import type { AdminAct } from "../app/audit/user-unknown.js";
import { parseReason } from "../domain/admin/admin-reason.js";
import { parseAdministrator } from "../domain/admin/administrator.js";
import type { Actor } from "../domain/audit/audit-event.js";
import { isToldUnknownUsers } from "../domain/caller/caller.js";
import { checkFields } from "../domain/field-check.js";
import { parseUserId } from "../domain/user-id.js";
import { actorOf, contextFields, NO_CONTEXT } from "./decode-actor.js";

/** ResetMfa, UnlockUser and EraseUser: a user, a reason and who asks. */
export function decodeAdminAct(
  request: Pick<ResetMfaRequest, "userId" | "reason" | "actor" | "context">,
  call: CallContext,
): AdminAct {
  const fields = checkFields({
    user_id: parseUserId(request.userId),
    reason: parseReason(request.reason),
    actor: parseAdministrator(request.actor),
    ...contextFields(request.context),
  });
  return {
    userId: fields.user_id,
    reason: fields.reason,
    administrator: fields.actor,
    actor: actorOf(call, fields),
    tellUnknown: isToldUnknownUsers(call.caller),
  };
}

/** ListUsersByState: its request is empty. */
export function decodeCount(call: CallContext): Actor {
  return actorOf(call, NO_CONTEXT);
}
