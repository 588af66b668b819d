import type { FieldViolation, MfaError } from "../../domain/errors.js";
import type { FactorMethod } from "../../domain/factor/method.js";
import type { ImportedUser } from "../../domain/import-export/imported-user.js";
import type { MfaPolicy } from "../../domain/policy/mfa-policy.js";
import { isUsable } from "../factor/method-gate.js";

const FACTOR_FIELDS: Readonly<Record<FactorMethod, string>> = {
  totp: "otpauth_uri",
  sms: "phone_number",
  email: "email",
};

/** The fields of a user that the policy refuses, as `admitImport` threw it. Rethrows what is no word about the user. */
export function importProblems(
  policy: MfaPolicy,
  { factor }: ImportedUser,
  error: MfaError,
): readonly FieldViolation[] {
  const { reason, violations, message: description } = error;
  const ofFactor = FACTOR_FIELDS[factor.method];
  if (reason === "INVALID_FIELD") return violations;
  if (reason === "DESTINATION_NOT_ALLOWED") return [{ field: ofFactor, description }];
  if (reason !== "METHOD_NOT_ALLOWED" && reason !== "METHOD_DISABLED") throw error;
  return [{ field: isUsable(policy, factor.method) ? "backup_codes" : ofFactor, description }];
}
