import type { ImportExportConfig } from "../config/import-export-config.js";
import { type ImportExportContext, UsageError } from "./import-export/context.js";
import { runExport } from "./import-export/export.js";
import { runImport } from "./import-export/import.js";

export const IMPORT_EXPORT_USAGE = `countersign import FILE|-   enrol the users of a CSV or JSONL file, sealed by age or not; may be killed, repeated and run twice at once
  --reason TEXT               who decided and why, for the audit log
  --dry-run                   judge every line, change nothing
  --format csv|jsonl          where the file's name does not tell
  --identity FILE             what opens a sealed file, as age-keygen writes it
  --batch-size N              users in one transaction, 1 to 500 (200)
  --json                      refused lines, progress and sums as lines of JSON
countersign export          write every user's factor, sealed by age
  --reason TEXT               who decided and why, for the audit log
  --recipient age1...         whom it is sealed for; may be given several times
  --output FILE               a file that is not there yet; without it, standard output
  --batch-size N              users read at a time, 1 to 500 (200)
docs/import-export.md tells more.
`;

const COMMANDS = { import: runImport, export: runExport };

export type ImportExportCommand = keyof typeof COMMANDS;

/** Exit codes: those of the command, and 2 for one that is not understood. */
export async function runImportExport(
  command: ImportExportCommand,
  args: readonly string[],
  context: ImportExportContext,
): Promise<number> {
  try {
    return await COMMANDS[command](args, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.note(`countersign: ${error.message}\n\n${IMPORT_EXPORT_USAGE}`);
    return 2;
  }
}

/** The command as an operator's shell has it. */
export function processContext(config: ImportExportConfig): ImportExportContext {
  return {
    config,
    now: () => new Date(),
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    stdin: process.stdin,
    stdout: process.stdout,
  };
}
