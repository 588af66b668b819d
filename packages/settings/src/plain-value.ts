import { Secret } from "./secret.js";

/** A value that can be shown, logged and put into JSON; null if there is none. */
export type PlainValue = string | number | boolean | readonly (string | number)[] | null;

/** A setting's value for display: of a secret only that it is set. */
export function plainValue(value: unknown): PlainValue {
  if (value instanceof Secret) return value.toString();
  return (value ?? null) as PlainValue;
}
