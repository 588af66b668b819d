import type { Writable } from "node:stream";
import type { ImportExportConfig } from "../../config/commands/import-export-config.js";

/** What import and export run with. */
export interface ImportExportContext {
  readonly config: ImportExportConfig;
  readonly now: () => Date;
  /** Results, for people and pipes. */
  readonly print: (line: string) => void;
  /** Progress and advice, which no pipe wants. */
  readonly note: (line: string) => void;
  /** What `-` reads. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Where sealed bytes go, and nothing else, when no file is named. */
  readonly stdout: Writable;
}

/** A command that is not understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
