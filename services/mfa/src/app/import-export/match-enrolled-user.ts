import { destinationContext, type SealContext, secretContext } from "../../domain/crypto/secret-cipher.js";
import type { Factor, TotpFactor, UserMfa } from "../../domain/factor/factor.js";
import type { Deps } from "../dependencies/deps.js";
import type { AdmittedFactor, AdmittedUser } from "./admit-import.js";

/** What is enrolled under a user's id: nothing that counts, the factor that is to be imported, or another one. */
export type Enrolled = "nothing" | "same" | "other";

/**
 * A pending factor is replaced, as by a new enrolment, unless it is the same one and not yet expired. Backup codes and replay counters are not
 * compared: the user may have used them since the import.
 */
export function matchEnrolledUser(
  deps: Pick<Deps, "cipher" | "policy" | "now">,
  asked: { readonly user: AdmittedUser; readonly known: UserMfa | undefined; readonly requestId: string },
): Enrolled {
  const { user, known } = asked;
  const stored = known?.factor;
  if (stored === undefined) return "nothing";
  const same = isSame(deps, asked, stored);
  if (stored.state === "active") return same ? "same" : "other";
  const expiry = stored.createTime.getTime() + deps.policy().codeExpiryMs;
  return same && user.state === "pending" && expiry > deps.now().getTime() ? "same" : "nothing";
}

/** A factor that cannot be decrypted counts as another one and is not replaced. The cipher has logged it. */
function isSame(
  deps: Pick<Deps, "cipher">,
  { user, requestId }: { readonly user: AdmittedUser; readonly requestId: string },
  stored: Factor,
): boolean {
  const { userId, factor } = user;
  const open = (sealed: Buffer, context: SealContext) => deps.cipher.open(sealed, context, requestId);
  try {
    return stored.method === "totp"
      ? isSameKey(factor, {
          ...stored,
          secret: open(stored.sealedSecret, secretContext(userId, stored.id)),
        })
      : factor.method === stored.method &&
          factor.address === open(stored.sealedDestination, destinationContext(userId, stored));
  } catch {
    return false;
  }
}

function isSameKey(
  factor: AdmittedFactor,
  stored: Pick<TotpFactor, "parameters"> & { readonly secret: string },
): boolean {
  if (factor.method !== "totp" || factor.secret !== stored.secret) return false;
  const { algorithm, digits, periodSeconds } = stored.parameters;
  const { parameters } = factor;
  return (
    parameters.algorithm === algorithm &&
    parameters.digits === digits &&
    parameters.periodSeconds === periodSeconds
  );
}
