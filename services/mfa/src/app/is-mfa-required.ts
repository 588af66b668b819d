import type { Actor } from "../domain/audit/audit-event.js";
import type { UserId } from "../domain/user-id.js";
import { recordRead } from "./audit/record-read.js";
import type { Deps } from "./dependencies/deps.js";

export interface MfaRequirement {
  readonly required: boolean;
  readonly reason: "not_required" | "user_enrolled" | "policy" | "policy_for_admins";
  readonly enrolled: boolean;
}

/** Returns whether a login must pass MFA. An enrolled user always must, whatever the policy says. */
export async function isMfaRequired(
  deps: Deps,
  input: { readonly userId: UserId; readonly isAdmin: boolean; readonly actor: Actor },
): Promise<MfaRequirement> {
  const { userId, actor } = input;
  const user = await deps.store.readUser(userId);
  await recordRead(deps, { action: "is_mfa_required", userId, actor });
  const policy = deps.policy();
  const enrolled = user?.enabled ?? false;
  if (enrolled) return { required: true, reason: "user_enrolled", enrolled };
  if (policy.required) return { required: true, reason: "policy", enrolled };
  if (input.isAdmin && policy.requiredForAdmins)
    return { required: true, reason: "policy_for_admins", enrolled };
  return { required: false, reason: "not_required", enrolled };
}
