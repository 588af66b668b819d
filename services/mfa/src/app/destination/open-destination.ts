import type { SealContext } from "../../domain/crypto/secret-cipher.js";
import type { SentFactor, TotpFactor } from "../../domain/factor/factor.js";
import type { SentMethod } from "../../domain/factor/method.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";

const COLUMNS = {
  sms: "phone_number_encrypted",
  email: "email_encrypted",
} as const satisfies Record<SentMethod, SealContext["column"]>;

/** Where a destination lives once it is sealed. */
export function destinationContext(
  userId: UserId,
  { id, method }: { readonly id: string; readonly method: SentMethod },
): SealContext {
  return { userId, factorId: id, column: COLUMNS[method] };
}

/** The phone number or address of a factor, as it was stored. */
export function openDestination(deps: Pick<Deps, "cipher">, userId: UserId, factor: SentFactor): string {
  return deps.cipher.open(factor.sealedDestination, destinationContext(userId, factor));
}

/** Where the address for notices of a TOTP factor lives once it is sealed. */
export function noticeEmailContext(userId: UserId, factorId: string): SealContext {
  return { userId, factorId, column: COLUMNS.email };
}

/** The address for notices of a TOTP factor, undefined without one. */
export function openNoticeEmail(
  deps: Pick<Deps, "cipher">,
  userId: UserId,
  { id, sealedNoticeEmail }: TotpFactor,
): string | undefined {
  return sealedNoticeEmail && deps.cipher.open(sealedNoticeEmail, noticeEmailContext(userId, id));
}
