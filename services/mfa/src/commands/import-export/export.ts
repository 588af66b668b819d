import {
  beginExport,
  type ExportedUser,
  endExport,
  exportedUsers,
} from "../../app/import-export/export-users.js";
import { openImportExport } from "../../compose/import-export.js";
import { importExportActor, importExportLog } from "./actor.js";
import { exportArguments } from "./arguments.js";
import type { ImportExportContext } from "./context.js";
import { type ExportReport, exportReport } from "./export-report.js";
import { openOutput } from "./open-output.js";
import { recipientsOf } from "./seal-for.js";

/** Exit codes: 0 every user is out, 1 a factor does not open or the work could not be done. Throws UsageError. */
export async function runExport(args: readonly string[], context: ImportExportContext): Promise<number> {
  const { recipients: given, output: file, batchSize, reason } = exportArguments(args);
  const recipients = recipientsOf(given);
  await using moving = await openImportExport(context.config, {
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
