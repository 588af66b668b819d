import { KeyRingError } from "@countersign/field-crypto";
import { ConfigurationError } from "../../config/forms/configuration-error.js";
import type { ProgramContext } from "./program-context.js";

/** Arguments that make no sense together, or with what they name: exit code 2. The message names the flag and repeats no value. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Says why a command failed, and answers its exit code. The stack is for those who ask for it by LOG_LEVEL=debug. */
export function explainFailure({ note, env }: Pick<ProgramContext, "note" | "env">, thrown: unknown): 1 | 2 {
  if (thrown instanceof ConfigurationError) return refuse(note, "configuration", thrown.problems);
  if (thrown instanceof KeyRingError) return refuse(note, "key ring", thrown.problems);
  note(`countersign: ${inOneLine(thrown)}`);
  if (thrown instanceof UsageError) return 2;
  if (env.LOG_LEVEL === "debug" && thrown instanceof Error) note(thrown.stack ?? "");
  return 1;
}

/** What was wrong at first says most. Errors of the database driver quote a statement, which says nothing to whoever runs a command. */
function inOneLine(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? "" : inOneLine(thrown.cause);
  if (thrown.message.startsWith("Failed query:") && cause !== "") return cause;
  return cause === "" || thrown.message.includes(cause) ? thrown.message : `${thrown.message}: ${cause}`;
}

function refuse(note: (line: string) => void, what: string, problems: readonly string[]): 2 {
  note(`countersign: the ${what} has ${problems.length} problem(s)`);
  for (const problem of problems) note(`  ${problem}`);
  return 2;
}
