import type { Actor } from "../domain/audit-event.js";
import { MfaError } from "../domain/errors.js";
import type { FactorMethod } from "../domain/method.js";
import { generateTotpSecret, type TotpParameters, totpUri } from "../domain/totp.js";
import type { UserId } from "../domain/user-id.js";
import type { Deps } from "./deps.js";
import { newBackupCodes } from "./new-backup-codes.js";

export interface SetupInput {
  readonly userId: UserId;
  readonly method: FactorMethod;
  /** What an authenticator app shows beside the code. */
  readonly accountName: string;
  readonly actor: Actor;
}

/** A pending factor, with the secrets that are shown this once. */
export interface PendingEnrolment {
  readonly method: "totp";
  readonly secret: string;
  readonly uri: string;
  readonly parameters: TotpParameters;
  readonly backupCodes: readonly string[];
  readonly expireTime: Date;
}

/** Starts enrolment. Only the newest pending factor can be confirmed; nothing is in force until it is. */
export async function setupMfa(deps: Deps, input: SetupInput): Promise<PendingEnrolment> {
  const policy = deps.policy();
  if (input.method !== "totp" || !policy.allowedMethods.has(input.method)) {
    throw new MfaError("METHOD_NOT_ALLOWED", "the security policy does not allow this method");
  }
  // Before ten slow hashes are spent; beginEnrolment decides again, atomically.
  const user = await deps.store.readUser(input.userId);
  if (user?.enabled === true) throw alreadyEnabled();

  const { userId } = input;
  const at = deps.now();
  const secret = generateTotpSecret();
  const factorId = deps.randomId();
  const sealedSecret = deps.cipher.seal(secret, { userId, factorId, column: "totp_secret_encrypted" });
  const codes = await newBackupCodes(deps);
  const begun = await deps.store.beginEnrolment({
    userId,
    factor: {
      id: factorId,
      method: "totp",
      state: "pending",
      createTime: at,
      parameters: policy.totp,
      sealedSecret,
    },
    backupCodes: codes.set,
    event: { action: "setup_mfa", outcome: "succeeded", method: "totp", userId, actor: input.actor, at },
  });
  if (begun === "already-enabled") throw alreadyEnabled();
  const { accountName } = input;
  return {
    method: "totp",
    secret,
    uri: totpUri({ issuer: policy.totpIssuer, accountName, secret, parameters: policy.totp }),
    parameters: policy.totp,
    backupCodes: codes.shown,
    expireTime: new Date(at.getTime() + policy.codeExpiryMs),
  };
}

function alreadyEnabled(): MfaError {
  return new MfaError("MFA_ALREADY_ENABLED", "the user has an active factor, disable it first");
}
