import type { Actor } from "../domain/audit-event.js";
import { generateTotpSecret, type TotpParameters, totpUri } from "../domain/totp.js";
import type { UserId } from "../domain/user-id.js";
import { beginEnrolment } from "./begin-enrolment.js";
import type { Deps } from "./deps.js";

/** A new secret, with all that an authenticator app needs. Shown this once. */
export interface TotpEnrolment {
  readonly method: "totp";
  readonly secret: string;
  readonly uri: string;
  readonly parameters: TotpParameters;
}

export async function enrolTotp(
  deps: Deps,
  input: { readonly userId: UserId; readonly accountName: string; readonly actor: Actor },
): Promise<{ readonly enrolment: TotpEnrolment; readonly backupCodes: readonly string[] }> {
  const { userId, accountName } = input;
  const { totp: parameters, totpIssuer: issuer } = deps.policy();
  const secret = generateTotpSecret();
  const id = deps.randomId();
  const sealedSecret = deps.cipher.seal(secret, { userId, factorId: id, column: "totp_secret_encrypted" });
  const backupCodes = await beginEnrolment(deps, input, { id, method: "totp", parameters, sealedSecret });
  const uri = totpUri({ issuer, accountName, secret, parameters });
  return { enrolment: { method: "totp", secret, uri, parameters }, backupCodes };
}
