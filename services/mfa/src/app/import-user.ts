import type { ImportedUser } from "../domain/import-export/imported-user.js";
import { type AdminInput, adminEvent } from "./audit/admin-event.js";
import type { Deps } from "./dependencies/deps.js";
import { alreadyEnabled } from "./enrolment/begin-enrolment.js";
import { hashBackupCodes } from "./factor/new-backup-codes.js";
import { admitImport } from "./import-export/admit-import.js";
import { sealImport } from "./import-export/seal-import.js";

export interface ImportUserInput extends AdminInput {
  readonly user: ImportedUser;
}

export interface Imported {
  readonly at: Date;
  /** The time until which a pending factor can be confirmed. Undefined for an active one. */
  readonly expireTime: Date | undefined;
}

/** Enrols a user with a factor of another system, as strictly as enrolment. Throws MFA_ALREADY_ENABLED. */
export async function importUser(deps: Deps, input: ImportUserInput): Promise<Imported> {
  const { userId } = input;
  const user = admitImport(deps, input.user);
  // Checked early to save slow hashes; the store decides again, atomically.
  if ((await deps.store.readUser(userId))?.enabled === true) throw alreadyEnabled();
  const backupCodes = await hashBackupCodes(deps, user.backupCodes);
  const event = adminEvent(deps, "import_user", input);
  const stored = await deps.imports.importUsers([sealImport(deps, { user, backupCodes }, event)]);
  if (!stored.has(userId)) throw alreadyEnabled();
  const expireTime = new Date(event.at.getTime() + deps.policy().codeExpiryMs);
  return { at: event.at, expireTime: user.state === "pending" ? expireTime : undefined };
}
