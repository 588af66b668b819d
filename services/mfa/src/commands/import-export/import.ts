import { importUsers } from "../../app/import-export/import-users.js";
import { openImportExport } from "../../compose/import-export.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { importExportActor, importExportLog } from "./actor.js";
import { DEFAULT_BATCH, formatOf, type ImportFlags } from "./arguments.js";
import { importReport } from "./import-report.js";
import { openInput } from "./open-input.js";
import { readUsers } from "./read-users.js";

/** Exit codes: 0 every line was imported, 1 lines were refused or the import failed. Throws UsageError. */
export async function runImport(context: ProgramContext, flags: ImportFlags, file: string): Promise<number> {
  const { identity: identityFile, reason, batchSize = DEFAULT_BATCH } = flags;
  const [dryRun, json] = [flags.dryRun === true, flags.json === true];
  const format = formatOf(flags.format, file);
  await using moving = await openImportExport(await context.configs.importExport(), {
    log: importExportLog(context),
    now: context.now,
  });
  const bytes = await openInput({ file, identityFile, stdin: context.stdin });
  const report = importReport(context, { json, dryRun });
  try {
    const outcomes = importUsers(moving, readUsers(bytes, format), {
      dryRun,
      batchSize,
      reason,
      actor: importExportActor("import"),
    });
    for await (const outcome of outcomes) report.add(outcome);
  } catch (error) {
    report.stop();
    throw error;
  }
  return report.end();
}
