import { eq } from "drizzle-orm";
import type { UserId } from "../../../domain/user-id.js";
import type { Orm } from "../database/database.js";
import { mfaBackupCodes, mfaFactors, mfaSettings } from "../schema/schema.js";

/** Erases secrets, addresses and backup codes. The caller's transaction holds the lock on the user's row. */
export async function eraseFactors(
  tx: Orm,
  { userId, at }: { readonly userId: UserId; readonly at: Date },
): Promise<void> {
  await tx.delete(mfaFactors).where(eq(mfaFactors.userId, userId));
  await tx.delete(mfaBackupCodes).where(eq(mfaBackupCodes.userId, userId));
  await tx
    .update(mfaSettings)
    .set({
      preferredMethod: null,
      isEnabled: false,
      isVerified: false,
      backupSalt: null,
      backupScheme: null,
      verifiedAt: null,
      lastUsedAt: null,
      updatedAt: at,
    })
    .where(eq(mfaSettings.userId, userId));
}
