import type { Rejection } from "../domain/verification/rejection.js";
import type { Deps } from "./dependencies/deps.js";
import { newBackupCodes } from "./factor/new-backup-codes.js";
import { type CodeInput, checkCode } from "./verification/check-code.js";

/** Replaces all backup codes of a user who gives a right code. */
export async function regenerateBackupCodes(
  deps: Deps,
  input: CodeInput,
): Promise<{ readonly outcome: "regenerated"; readonly codes: readonly string[] } | Rejection> {
  let codes: readonly string[] = [];
  const checked = await checkCode(deps, input, {
    name: "regenerate_backup_codes",
    notice: () => ({ kind: "backup_codes_replaced" }),
    // Made only once the code has compared right: ten slow hashes are not to be had for a guess.
    redeem: async (proof) => {
      const made = await newBackupCodes(deps);
      codes = made.shown;
      return deps.store.replaceBackupCodes({ ...proof, backupCodes: made.set });
    },
  });
  return checked.outcome === "accepted" ? { outcome: "regenerated", codes } : checked;
}
