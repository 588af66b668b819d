import type { SentMethod } from "../factor/method.js";
import type { UserId } from "../user-id.js";

/** The columns of a factor that hold sealed values. */
export const SEALED_COLUMNS = ["totp_secret_encrypted", "phone_number_encrypted", "email_encrypted"] as const;

export type SealedColumn = (typeof SEALED_COLUMNS)[number];

/** The place of a sealed value. It cannot be opened in any other place. */
export interface SealContext {
  readonly userId: UserId;
  readonly factorId: string;
  readonly column: SealedColumn;
}

/** Authenticated encryption of stored secrets. */
export interface SecretCipher {
  seal(plaintext: string, context: SealContext): Buffer;
  /**
   * Must throw for anything that `seal` did not make for this context. `requestId`: of the call that needs the value, for the log.
   */
  open(sealed: Buffer, context: SealContext, requestId?: string): string;
}

const DESTINATION_COLUMNS = {
  sms: "phone_number_encrypted",
  email: "email_encrypted",
} as const satisfies Record<SentMethod, SealedColumn>;

/** The place of a TOTP factor's secret. */
export function secretContext(userId: UserId, factorId: string): SealContext {
  return { userId, factorId, column: "totp_secret_encrypted" };
}

/** The place of a factor's phone number or address. */
export function destinationContext(
  userId: UserId,
  { id, method }: { readonly id: string; readonly method: SentMethod },
): SealContext {
  return { userId, factorId: id, column: DESTINATION_COLUMNS[method] };
}

/** The place of a TOTP factor's address for notices. */
export function noticeEmailContext(userId: UserId, factorId: string): SealContext {
  return { userId, factorId, column: DESTINATION_COLUMNS.email };
}
