import { parseArgs } from "node:util";
import { parseReason } from "../../domain/admin/admin-reason.js";
import { UsageError } from "./context.js";
import { FILE_FORMATS, type FileFormat } from "./read-users.js";

const DEFAULT_BATCH = 200;
/** With twenty backup codes each, so many users stay within the 65,535 parameters that a statement of Postgres takes. */
const MAX_BATCH = 500;

export interface ImportArguments {
  readonly file: string;
  readonly format: FileFormat;
  readonly identityFile: string | undefined;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly batchSize: number;
  readonly reason: string;
}

export interface ExportArguments {
  readonly recipients: readonly string[];
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly batchSize: number;
  readonly reason: string;
}

/** Throws UsageError. */
export function importArguments(args: readonly string[]): ImportArguments {
  const { values, positionals } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        format: { type: "string" },
        identity: { type: "string" },
        "dry-run": { type: "boolean" },
        json: { type: "boolean" },
        "batch-size": { type: "string" },
        reason: { type: "string" },
      },
      allowPositionals: true,
    }),
  );
  const [file] = positionals;
  if (file === undefined || positionals.length > 1)
    throw new UsageError("exactly one file is needed, or - for standard input");
  return {
    file,
    format: formatOf(values.format ?? /\.(csv|jsonl)(?:\.age)?$/.exec(file)?.[1]),
    identityFile: values.identity,
    dryRun: values["dry-run"] === true,
    json: values.json === true,
    batchSize: batchSizeOf(values["batch-size"]),
    reason: reasonOf(values.reason),
  };
}

/** Throws UsageError. */
export function exportArguments(args: readonly string[]): ExportArguments {
  const { values } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        recipient: { type: "string", multiple: true },
        output: { type: "string" },
        "batch-size": { type: "string" },
        reason: { type: "string" },
      },
    }),
  );
  return {
    recipients: values.recipient ?? [],
    output: values.output,
    batchSize: batchSizeOf(values["batch-size"]),
    reason: reasonOf(values.reason),
  };
}

function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "unreadable arguments");
  }
}

function formatOf(given: string | undefined): FileFormat {
  const format = FILE_FORMATS.find((known) => known === given);
  if (format !== undefined) return format;
  throw new UsageError(
    `--format is needed, one of ${FILE_FORMATS.join(", ")}: the file's name does not tell`,
  );
}

function batchSizeOf(given: string | undefined): number {
  const size = given === undefined ? DEFAULT_BATCH : /^[0-9]{1,4}$/.test(given) ? Number(given) : 0;
  if (size >= 1 && size <= MAX_BATCH) return size;
  throw new UsageError(`--batch-size must be a whole number from 1 to ${MAX_BATCH}`);
}

function reasonOf(given: string | undefined): string {
  if (given === undefined) throw new UsageError("--reason is needed: who decided and why, for the audit log");
  const reason = parseReason(given);
  if (reason.ok) return reason.value;
  throw new UsageError(`--reason ${reason.problem}`);
}
