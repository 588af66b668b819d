import { Readable } from "node:stream";
import { runProgram } from "../../../src/commands/command-line/run-program.js";
import { COMMANDS } from "../../../src/commands/commands.js";
import { createTestProgram } from "../../support/program-context.js";
import type { TestService } from "../../support/service.js";

export interface ImportExportOutput {
  readonly exitCode: number;
  /** What it printed and noted. */
  readonly printed: string;
  readonly noted: string;
  /** What it wrote to standard output byte by byte. */
  readonly bytes: Buffer;
}

/**
 * Runs an import or export in this process, beside the service and with its database, keys and policy. `input` is what `-` reads.
 */
export async function importExportCommand(
  service: Pick<TestService, "config" | "clock">,
  command: "import" | "export",
  args: readonly string[],
  input: string | Uint8Array | AsyncIterable<Uint8Array> = "",
): Promise<ImportExportOutput> {
  const { config, clock } = service;
  const importExport = () =>
    Promise.resolve({
      ...config,
      database: config.stores?.database ?? { url: "" },
      security: config.security.initial.config,
    });
  const stdin = isStream(input) ? input : Readable.from([Buffer.from(input)]);
  const { context, printed, noted, bytes } = createTestProgram({ importExport }, { now: clock.now, stdin });
  const exitCode = await runProgram(COMMANDS, [command, ...args], context);
  return { exitCode, printed: printed(), noted: noted(), bytes: bytes() };
}

function isStream(
  input: string | Uint8Array | AsyncIterable<Uint8Array>,
): input is AsyncIterable<Uint8Array> {
  return typeof input !== "string" && Symbol.asyncIterator in input;
}

/** Imports lines of JSON or CSV. */
export function importText(
  service: Pick<TestService, "config" | "clock">,
  text: string,
  ...args: readonly string[]
): Promise<ImportExportOutput> {
  const format = text.startsWith("{") ? "jsonl" : "csv";
  return importExportCommand(
    service,
    "import",
    ["-", "--format", format, "--reason", "ticket 4711", ...args],
    text,
  );
}
