import { type Destination, parseDestination } from "../../domain/destination/destination.js";
import { MfaError } from "../../domain/errors.js";
import type { SentMethod } from "../../domain/factor/method.js";
import type { Deps } from "../dependencies/deps.js";

const FIELDS = { sms: "phone_number", email: "email" } as const satisfies Record<SentMethod, string>;

const PROBLEMS = {
  MALFORMED: "is malformed",
  LENGTH: "is too long",
  EXTENSION: "must not have an extension",
  INVALID: "is not a valid number",
} as const;

const RULES = { KIND_NOT_ALLOWED: "kind", COUNTRY_NOT_ALLOWED: "country" } as const;

/** A destination in canonical form, allowed by the current rules. Throws INVALID_FIELD or DESTINATION_NOT_ALLOWED. */
export function admitDestination(
  deps: Pick<Deps, "policy">,
  method: SentMethod,
  written: string,
): Destination {
  const parsed = parseDestination(method, written, deps.policy().phoneNumbers);
  if (parsed.ok) return parsed.destination;
  const { problem } = parsed;
  if (problem === "KIND_NOT_ALLOWED" || problem === "COUNTRY_NOT_ALLOWED") {
    const rule = RULES[problem];
    const message = `codes are not sent to numbers of this ${rule}`;
    throw new MfaError("DESTINATION_NOT_ALLOWED", message, { metadata: { rule } });
  }
  const [field, description] = [FIELDS[method], PROBLEMS[problem]];
  throw new MfaError("INVALID_FIELD", `${field} ${description}`, { violations: [{ field, description }] });
}
