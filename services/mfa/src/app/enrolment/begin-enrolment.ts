import type { Actor } from "../../domain/audit/audit-event.js";
import { MfaError } from "../../domain/errors.js";
import type { SentFactor, TotpFactor } from "../../domain/factor/factor.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import { type BackupCodeDeps, newBackupCodes } from "../factor/new-backup-codes.js";

export type BeginDeps = BackupCodeDeps & Pick<Deps, "now" | "store">;

type Fresh = "state" | "createTime" | "replayCounter";
/** What a method adds to a pending factor. */
type NewFactor = Omit<TotpFactor, Fresh> | Omit<SentFactor, Fresh>;

/** Stores a pending factor with a new set of backup codes and returns the codes. Throws MFA_ALREADY_ENABLED. */
export async function beginEnrolment(
  deps: BeginDeps,
  { userId, actor }: { readonly userId: UserId; readonly actor: Actor },
  factor: NewFactor,
): Promise<readonly string[]> {
  const at = deps.now();
  const codes = await newBackupCodes(deps);
  const begun = await deps.store.beginEnrolment({
    userId,
    factor: { ...factor, state: "pending", createTime: at, replayCounter: 0n },
    backupCodes: codes.set,
    event: { action: "setup_mfa", outcome: "succeeded", method: factor.method, userId, actor, at },
  });
  if (begun === "already-enabled") throw alreadyEnabled();
  return codes.shown;
}

export function alreadyEnabled(): MfaError {
  return new MfaError("MFA_ALREADY_ENABLED", "the user has an active factor, disable it first");
}
