import type { ImportExportConfig } from "../../config/import-export-config.js";
import type { ProgramContext } from "../command-line/program-context.js";

/** What import and export run with. */
export interface ImportExportContext
  extends Pick<ProgramContext, "now" | "print" | "note" | "stdin" | "stdout"> {
  readonly config: ImportExportConfig;
}
