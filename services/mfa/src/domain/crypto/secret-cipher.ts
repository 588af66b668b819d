import type { SentMethod } from "../factor/method.js";
import type { UserId } from "../user-id.js";

/** The columns of a factor that hold sealed values. */
export const SEALED_COLUMNS = ["totp_secret_encrypted", "phone_number_encrypted", "email_encrypted"] as const;

export type SealedColumn = (typeof SEALED_COLUMNS)[number];

/** Where a sealed value lives. It does not open anywhere else. */
export interface SealContext {
  readonly userId: UserId;
  readonly factorId: string;
  readonly column: SealedColumn;
}

/** Authenticated encryption of the secrets that are stored. `open` must throw on anything that `seal` did not make for this very context. */
export interface SecretCipher {
  seal(plaintext: string, context: SealContext): Buffer;
  open(sealed: Buffer, context: SealContext): string;
}

const DESTINATION_COLUMNS = {
  sms: "phone_number_encrypted",
  email: "email_encrypted",
} as const satisfies Record<SentMethod, SealedColumn>;

/** Where the secret of a TOTP factor lives. */
export function secretContext(userId: UserId, factorId: string): SealContext {
  return { userId, factorId, column: "totp_secret_encrypted" };
}

/** Where the phone number or address of a factor lives. */
export function destinationContext(
  userId: UserId,
  { id, method }: { readonly id: string; readonly method: SentMethod },
): SealContext {
  return { userId, factorId: id, column: DESTINATION_COLUMNS[method] };
}

/** Where the address for notices of a TOTP factor lives. */
export function noticeEmailContext(userId: UserId, factorId: string): SealContext {
  return { userId, factorId, column: DESTINATION_COLUMNS.email };
}
