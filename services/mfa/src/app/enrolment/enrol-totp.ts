import type { Actor } from "../../domain/audit/audit-event.js";
import { noticeEmailContext, secretContext } from "../../domain/crypto/secret-cipher.js";
import { totpUri } from "../../domain/factor/otpauth-uri.js";
import { generateTotpSecret, type TotpParameters } from "../../domain/factor/totp.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import { admitDestination } from "../factor/admit-destination.js";
import { type BeginDeps, beginEnrolment } from "./begin-enrolment.js";

/** A new secret, with all that an authenticator app needs. Shown this once. */
export interface TotpEnrolment {
  readonly method: "totp";
  readonly secret: string;
  readonly uri: string;
  readonly parameters: TotpParameters;
}

/**
 * Creates a pending TOTP factor. An e-mail address given with it names the account if no other name was given, and receives notices. It is not
 * verified, so no code is ever sent there. Throws INVALID_FIELD for a malformed one.
 */
export async function enrolTotp(
  deps: BeginDeps & Pick<Deps, "cipher" | "randomId">,
  input: {
    readonly userId: UserId;
    readonly accountName: string | undefined;
    readonly email: string | undefined;
    readonly actor: Actor;
  },
): Promise<{ readonly enrolment: TotpEnrolment; readonly backupCodes: readonly string[] }> {
  const { userId } = input;
  const email = input.email === undefined ? undefined : admitDestination(deps, "email", input.email).address;
  const { totp: parameters, totpIssuer: issuer } = deps.policy();
  const secret = generateTotpSecret();
  const id = deps.randomId();
  const backupCodes = await beginEnrolment(deps, input, {
    id,
    method: "totp",
    parameters,
    sealedSecret: deps.cipher.seal(secret, secretContext(userId, id)),
    sealedNoticeEmail:
      email === undefined ? undefined : deps.cipher.seal(email, noticeEmailContext(userId, id)),
  });
  const accountName = input.accountName ?? email ?? userId;
  const uri = totpUri({ issuer, accountName, secret, parameters });
  return { enrolment: { method: "totp", secret, uri, parameters }, backupCodes };
}
