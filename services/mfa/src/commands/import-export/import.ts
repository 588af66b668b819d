import { importUsers } from "../../app/import-export/import-users.js";
import { openImportExport } from "../../compose/import-export.js";
import { importExportActor, importExportLog } from "./actor.js";
import { importArguments } from "./arguments.js";
import type { ImportExportContext } from "./context.js";
import { importReport } from "./import-report.js";
import { openInput } from "./open-input.js";
import { readUsers } from "./read-users.js";

/** Exit codes: 0 every line is in, 1 lines were refused or the work could not be done. Throws UsageError. */
export async function runImport(args: readonly string[], context: ImportExportContext): Promise<number> {
  const { file, format, identityFile, json, ...options } = importArguments(args);
  await using moving = await openImportExport(context.config, {
    log: importExportLog(context),
    now: context.now,
  });
  const bytes = await openInput({ file, identityFile, stdin: context.stdin });
  const report = importReport(context, { json, dryRun: options.dryRun });
  try {
    const outcomes = importUsers(moving, readUsers(bytes, format), {
      ...options,
      actor: importExportActor("import"),
    });
    for await (const outcome of outcomes) report.add(outcome);
  } catch (error) {
    report.stop();
    throw error;
  }
  return report.end();
}
