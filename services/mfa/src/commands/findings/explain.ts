import { KeyRingError } from "@countersign/field-crypto";
import { ConfigurationError } from "../../config/forms/configuration-error.js";

/** Every reason why a look failed, without the statements and addresses that errors of drivers begin with. */
export function explain(thrown: unknown): readonly string[] {
  if (thrown instanceof ConfigurationError || thrown instanceof KeyRingError) return thrown.problems;
  const root = rootOf(thrown);
  return [root instanceof AggregateError ? messageOf(root.errors[0]) : messageOf(root)];
}

/** What was wrong at first: the errors around it say only that something was. */
function rootOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? rootOf(thrown.cause) : thrown;
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "an unknown fault";
  const [line = ""] = thrown.message.split("\n");
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
  return line === "" ? code : line;
}
