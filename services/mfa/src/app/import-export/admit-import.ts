import { MfaError } from "../../domain/errors.js";
import type { SentMethod } from "../../domain/factor/method.js";
import { type TotpKey, totpStep } from "../../domain/factor/totp.js";
import type { ImportedFactor, ImportedUser } from "../../domain/import-export/imported-user.js";
import type { Deps } from "../dependencies/deps.js";
import { admitDestination } from "../factor/admit-destination.js";
import { requireUsable } from "../factor/method-gate.js";

/** A factor as it is stored, but not yet sealed. */
export type AdmittedFactor =
  | ({ readonly method: "totp" } & TotpKey)
  | { readonly method: SentMethod; readonly address: string };

/** A user whom the current policy admits. */
export interface AdmittedUser extends Omit<ImportedUser, "factor"> {
  readonly factor: AdmittedFactor;
}

/** How far the clock of the system that gave a replay counter may be ahead of ours. */
const CLOCK_ALLOWANCE_MS = 5 * 60_000;

/** As strict as enrolment. Throws METHOD_NOT_ALLOWED, METHOD_DISABLED, DESTINATION_NOT_ALLOWED or INVALID_FIELD. */
export function admitImport(deps: Pick<Deps, "policy" | "now">, user: ImportedUser): AdmittedUser {
  requireUsable(deps.policy(), user.factor.method);
  if (user.backupCodes.length > 0) requireUsable(deps.policy(), "backup_code");
  const factor = admitFactor(deps, user.factor);
  if (user.replayCounter !== undefined) requirePast(factor, user.replayCounter, deps.now());
  return { ...user, factor };
}

function admitFactor(deps: Pick<Deps, "policy">, factor: ImportedFactor): AdmittedFactor {
  if (factor.method === "totp") return factor;
  const { method, address } = admitDestination(deps, factor.method, factor.written);
  return { method, address };
}

/** A replay counter in the future would lock the user out until then. */
function requirePast(factor: AdmittedFactor, replayCounter: bigint, now: Date): void {
  const latest = new Date(now.getTime() + CLOCK_ALLOWANCE_MS);
  const limit = factor.method === "totp" ? totpStep(latest, factor.parameters) : microsecondsOf(latest);
  if (replayCounter <= limit) return;
  const [field, description] = ["last_accepted", "lies in the future"];
  throw new MfaError("INVALID_FIELD", `${field} ${description}`, { violations: [{ field, description }] });
}

function microsecondsOf(at: Date): bigint {
  return BigInt(at.getTime()) * 1_000n;
}
