import type { ImportExportConfig } from "../../config/commands/import-export-config.js";
import type { ProgramContext } from "../command-line/program-context.js";

/** The environment of import and export. */
export interface ImportExportContext
  extends Pick<ProgramContext, "now" | "print" | "note" | "stdin" | "stdout"> {
  readonly config: ImportExportConfig;
}
