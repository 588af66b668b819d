import type { Method } from "../domain/factor/method.js";
import type { Rejection } from "../domain/verification/rejection.js";
import type { Deps } from "./dependencies/deps.js";
import { checkCode } from "./verification/check-code.js";
import type { CodeInput } from "./verification/checked-code.js";

interface Regenerated {
  readonly outcome: "regenerated";
  /** The user whose code was accepted. */
  readonly method: Method;
  readonly codes: readonly string[];
}

/** Replaces all backup codes of a user who gives a right code. */
export async function regenerateBackupCodes(deps: Deps, input: CodeInput): Promise<Regenerated | Rejection> {
  const checked = await checkCode(deps, input, "regenerate_backup_codes");
  return checked.outcome === "accepted"
    ? { outcome: "regenerated", method: checked.method, codes: checked.newBackupCodes ?? [] }
    : checked;
}
