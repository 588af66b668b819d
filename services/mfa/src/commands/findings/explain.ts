import { KeyRingError } from "@countersign/field-crypto";
import { ConfigurationError } from "../../config/forms/configuration-error.js";

/** Every cause of a failed check, without the statements and addresses in errors of drivers. */
export function explain(thrown: unknown): readonly string[] {
  if (thrown instanceof ConfigurationError || thrown instanceof KeyRingError) return thrown.problems;
  const root = rootOf(thrown);
  return [root instanceof AggregateError ? messageOf(root.errors[0]) : messageOf(root)];
}

/** The root cause: the errors around it add nothing. */
function rootOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? rootOf(thrown.cause) : thrown;
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "an unknown fault";
  const [line = ""] = thrown.message.split("\n");
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
  return line === "" ? code : line;
}
