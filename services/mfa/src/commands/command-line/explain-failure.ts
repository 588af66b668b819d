import { KeyRingError } from "@countersign/field-crypto";
import { ConfigurationError } from "../../config/forms/configuration-error.js";
import type { ProgramContext } from "./program-context.js";

/** Arguments that contradict each other or what they name: exit code 2. The message names the flag and repeats no value. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Prints why a command failed and returns its exit code. The stack is printed with LOG_LEVEL=debug only. */
export function explainFailure({ note, env }: Pick<ProgramContext, "note" | "env">, thrown: unknown): 1 | 2 {
  if (thrown instanceof ConfigurationError) return refuse(note, "configuration", thrown.problems);
  if (thrown instanceof KeyRingError) return refuse(note, "key ring", thrown.problems);
  note(`countersign: ${inOneLine(thrown)}`);
  if (thrown instanceof UsageError) return 2;
  if (env.LOG_LEVEL === "debug" && thrown instanceof Error) note(thrown.stack ?? "");
  return 1;
}

/** The root cause says most. Errors of the database driver quote a statement, which does not help the user of a command. */
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
