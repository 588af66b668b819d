import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@countersign/client";
import type { ProgramContext } from "../command-line/program-context.js";
import type { AccessFlags } from "./access-flags.js";
import { openAccess, type ServiceAccess } from "./open-access.js";

/** The dependencies of a command that calls the service. */
export interface ServiceCommand {
  readonly context: ProgramContext;
  readonly flags: AccessFlags;
  /** The command's name as caller in the audit log if it uses the stores directly. */
  readonly caller: string;
}

/** Opens the service, does the work, and closes it. A refusal of the service is thrown with a plain message. */
export async function withService(
  { context, flags, caller }: ServiceCommand,
  work: (access: ServiceAccess) => Promise<number>,
): Promise<number> {
  await using access = await openAccess(context, flags, caller);
  try {
    return await work(access);
  } catch (error) {
    throw inPlainWords(error, flags.url);
  }
}

/** The message of a failed call for the user of a command. */
export function inPlainWords(error: unknown, url: string | undefined): unknown {
  if (!(error instanceof ConnectError)) return error;
  const { rawMessage, code, cause } = error;
  const reason = reasonOf(error);
  if (reason === undefined) {
    const unreached = code === Code.Unavailable && url !== undefined;
    return unreached ? new Error(`--url: ${rawMessage}`, { cause: causeOf(cause) }) : error;
  }
  const words = WORDS.get(reason);
  if (words !== undefined) return new Error(`${words[0]} (${reason})${words[1]}`);
  return new Error(`${rawMessage} (${reason})`, CAUSED.has(reason) ? { cause: causeOf(cause) } : undefined);
}

/** The text before and after the reason. */
const WORDS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["UNAUTHENTICATED", ["the service does not know this token or certificate", ""]],
  ["PERMISSION_DENIED", ["this caller may not do that", ": the callers file gives it no such role"]],
]);

/** Details that are hidden from callers are shown to an operator with access to the stores. */
const CAUSED: ReadonlySet<string> = new Set(["INTERNAL", "STORE_UNAVAILABLE"]);

/** Our own errors around the cause add nothing. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? causeOf(thrown.cause) : thrown;
}
