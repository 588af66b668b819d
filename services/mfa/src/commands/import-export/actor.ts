import { randomUUID } from "node:crypto";
import type { Log } from "@countersign/telemetry-ports";
import type { Actor } from "../../domain/audit/audit-event.js";
import { createLogger } from "../../telemetry/log/logger.js";
import type { ImportExportContext } from "./context.js";

/** The command as the caller. All rows of one run have one request id. */
export function importExportActor(command: "import" | "export"): Actor {
  const context = { ipAddress: undefined, userAgent: undefined };
  return { caller: `countersign ${command}`, requestId: randomUUID(), context };
}

/** Warnings go to standard error, as progress does: standard output is for results or sealed bytes. */
export function importExportLog({ note }: Pick<ImportExportContext, "note">): Log {
  return createLogger("warn", { write: (line: string) => note(line.trimEnd()) });
}
