import type { Rejection } from "../domain/verification/rejection.js";
import type { Deps } from "./dependencies/deps.js";
import { checkCode } from "./verification/check-code.js";
import type { CodeInput } from "./verification/checked-code.js";

/** Replaces all backup codes of a user who gives a right code. */
export async function regenerateBackupCodes(
  deps: Deps,
  input: CodeInput,
): Promise<{ readonly outcome: "regenerated"; readonly codes: readonly string[] } | Rejection> {
  const checked = await checkCode(deps, input, "regenerate_backup_codes");
  return checked.outcome === "accepted"
    ? { outcome: "regenerated", codes: checked.newBackupCodes ?? [] }
    : checked;
}
