import {
  beginExport,
  type ExportedUser,
  endExport,
  exportedUsers,
} from "../../app/import-export/export-users.js";
import { openImportExport } from "../../compose/import-export.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { importExportActor, importExportLog } from "./actor.js";
import { DEFAULT_BATCH, type ExportFlags } from "./arguments.js";
import { type ExportReport, exportReport } from "./export-report.js";
import { openOutput } from "./open-output.js";
import { recipientsOf } from "./seal-for.js";

/** Exit codes: 0 every user was exported, 1 a factor could not be decrypted or the export failed. Throws UsageError. */
export async function runExport(context: ProgramContext, flags: ExportFlags): Promise<number> {
  const { output: file, batchSize = DEFAULT_BATCH, reason } = flags;
  const recipients = recipientsOf(flags.recipient);
  await using moving = await openImportExport(await context.configs.importExport(), {
    log: importExportLog(context),
    now: context.now,
  });
  await using output = await openOutput(file, context.stdout);
  const actor = importExportActor("export");
  const begun = await beginExport(moving, { actor, reason, recipients: recipients.names });
  const report = exportReport(context, begun.users);
  const pages = exportedUsers(moving, begun, { batchSize, onRefused: report.refuse });
  await output.write(await recipients.seal(jsonLines(pages, report)));
  await endExport(moving, begun, report.written());
  return report.end();
}

async function* jsonLines(
  pages: AsyncIterable<readonly ExportedUser[]>,
  report: ExportReport,
): AsyncGenerator<Uint8Array> {
  for await (const page of pages) {
    yield Buffer.from(page.map((user) => `${JSON.stringify(user)}\n`).join(""));
    report.add(page.length);
  }
}
