import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@countersign/client";
import type { ProgramContext } from "../command-line/program-context.js";
import type { AccessFlags } from "./access-flags.js";
import { openAccess, type ServiceAccess } from "./open-access.js";

/** What a command needs that calls the service. */
export interface ServiceCommand {
  readonly context: ProgramContext;
  readonly flags: AccessFlags;
  /** As which the audit log knows the command where it uses the stores directly. */
  readonly caller: string;
}

/** Does the work with the service at hand, and closes what was opened for it. What the service refuses is thrown in plain words. */
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

/** What a failed call says to whoever runs a command. */
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

/** Before the reason, and behind it. */
const WORDS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["UNAUTHENTICATED", ["the service does not know this token or certificate", ""]],
  ["PERMISSION_DENIED", ["this caller may not do that", ": the callers file gives it no such role"]],
]);

/** What is hidden from callers outside is told to those who have the stores at hand. */
const CAUSED: ReadonlySet<string> = new Set(["INTERNAL", "STORE_UNAVAILABLE"]);

/** Errors of ours around the first one say nothing more. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? causeOf(thrown.cause) : thrown;
}
