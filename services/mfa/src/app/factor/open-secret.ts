import type { TotpFactor } from "../../domain/factor/factor.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";

/** The secret of a factor, as it was stored. */
export function openSecret({ cipher }: Pick<Deps, "cipher">, userId: UserId, factor: TotpFactor): string {
  const context = { userId, factorId: factor.id, column: "totp_secret_encrypted" } as const;
  return cipher.open(factor.sealedSecret, context);
}
