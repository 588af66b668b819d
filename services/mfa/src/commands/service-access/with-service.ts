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
  switch (reason) {
    case "UNAUTHENTICATED":
      return new Error("the service does not know this token or certificate (UNAUTHENTICATED)");
    case "PERMISSION_DENIED":
      return new Error(
        "this caller may not do that (PERMISSION_DENIED): the callers file gives it no such role",
      );
    case "INTERNAL":
    case "STORE_UNAVAILABLE":
      return new Error(`${rawMessage} (${reason})`, { cause: causeOf(cause) });
    case undefined:
      return code === Code.Unavailable && url !== undefined
        ? new Error(`--url: ${rawMessage}`, { cause: causeOf(cause) })
        : error;
    default:
      return new Error(`${rawMessage} (${reason})`);
  }
}

/** Errors of ours around the first one say nothing more. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? causeOf(thrown.cause) : thrown;
}
