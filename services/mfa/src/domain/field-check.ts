import { type FieldViolation, MfaError } from "./errors.js";
import type { Parsed } from "./parsed.js";

/** The values of fields that are all valid. */
export type FieldValues<F> = {
  readonly [K in keyof F]: Extract<F[K], { ok: true }> extends { value: infer T } ? T : never;
};

/** The values of all fields. Throws one INVALID_FIELD that names every invalid field. Keys are the fields' paths in the proto. */
export function checkFields<const F extends Record<string, Parsed<unknown>>>(fields: F): FieldValues<F> {
  const violations: FieldViolation[] = [];
  const values: Record<string, unknown> = {};
  for (const [field, result] of Object.entries(fields)) {
    if (result.ok) values[field] = result.value;
    else violations.push({ field, description: result.problem });
  }
  if (violations.length > 0) {
    const named = violations.map(({ field, description }) => `${field} ${description}`).join("; ");
    throw new MfaError("INVALID_FIELD", named, { violations });
  }
  return values as FieldValues<F>;
}
