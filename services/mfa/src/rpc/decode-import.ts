import {
  FactorState,
  type ImportUserRequest,
} from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type { CallContext } from "@countersign/rpc-server";
import type { ImportUserInput } from "../app/import-user.js";
import { parseReason } from "../domain/admin/admin-reason.js";
import { parseAdministrator } from "../domain/admin/administrator.js";
import { checkFields } from "../domain/field-check.js";
import {
  importedUserFields,
  toImportedUser,
  type WrittenUser,
} from "../domain/import-export/imported-user.js";
import { actorOf, contextFields } from "./decode-actor.js";

/** An invalid value is refused by the parser of states. */
const STATES = new Map<FactorState | undefined, string>([
  [undefined, ""],
  [FactorState.PENDING, "pending"],
  [FactorState.ACTIVE, "active"],
]);

export function decodeImport(request: ImportUserRequest, call: CallContext): ImportUserInput {
  const written = writtenUser(request);
  const fields = checkFields({
    ...importedUserFields(written),
    reason: parseReason(request.reason),
    actor: parseAdministrator(request.actor),
    ...contextFields(request.context),
  });
  const { user_id: userId, reason, actor: administrator } = fields;
  return {
    userId,
    reason,
    administrator,
    actor: actorOf(call, fields),
    user: toImportedUser(written, fields),
  };
}

function writtenUser(request: ImportUserRequest): WrittenUser {
  const { userId, factor, backupCodes, state, lastAccepted, consecutiveFailures } = request;
  const given = (name: Exclude<typeof factor.case, undefined>) => (factor.case === name ? factor.value : "");
  return {
    userId,
    otpauthUri: given("otpauthUri"),
    phoneNumber: given("phoneNumber"),
    email: given("email"),
    backupCodes,
    state: STATES.get(state) ?? "unknown",
    lastAccepted: lastAccepted.toString(),
    consecutiveFailures: consecutiveFailures.toString(),
  };
}
