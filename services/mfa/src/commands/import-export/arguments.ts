import { UsageError } from "../command-line/explain-failure.js";
import { FILE_FORMATS, type FileFormat } from "./read-users.js";

/** Default number of users in one transaction. */
export const DEFAULT_BATCH = 200;

export interface ImportFlags {
  readonly reason: string;
  readonly dryRun: boolean | undefined;
  readonly format: FileFormat | undefined;
  readonly identity: string | undefined;
  readonly batchSize: number | undefined;
  readonly json: boolean | undefined;
}

export interface ExportFlags {
  readonly reason: string;
  readonly recipient: readonly string[];
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly batchSize: number | undefined;
}

/** The given format, else the one of the file's extension. Throws UsageError. */
export function formatOf(given: FileFormat | undefined, file: string): FileFormat {
  const wanted = given ?? /\.(csv|jsonl)(?:\.age)?$/.exec(file)?.[1];
  const format = FILE_FORMATS.find((known) => known === wanted);
  if (format !== undefined) return format;
  throw new UsageError(`--format is needed, one of ${FILE_FORMATS.join(", ")}: the file's name does not say`);
}
