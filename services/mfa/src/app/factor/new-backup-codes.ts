import {
  type BackupCodeSet,
  displayBackupCode,
  generateBackupCodes,
} from "../../domain/factor/backup-code.js";
import type { Deps } from "../dependencies/deps.js";

export type BackupCodeDeps = Pick<Deps, "hasher" | "policy" | "randomBytes">;

/** A fresh set, once to show and once to store. `set` is undefined if the policy turns backup codes off. */
export async function newBackupCodes(
  deps: BackupCodeDeps,
): Promise<{ readonly shown: readonly string[]; readonly set: BackupCodeSet | undefined }> {
  const codes = generateBackupCodes(deps.policy().backupCodesCount, deps.randomBytes);
  return { shown: codes.map(displayBackupCode), set: await hashBackupCodes(deps, codes) };
}

/** Codes in canonical form as they are stored; undefined for none. */
export async function hashBackupCodes(
  deps: Pick<Deps, "hasher">,
  codes: readonly string[],
): Promise<BackupCodeSet | undefined> {
  if (codes.length === 0) return undefined;
  const salted = deps.hasher.newSalt();
  return { ...salted, hashes: await Promise.all(codes.map((code) => deps.hasher.hash(code, salted))) };
}
