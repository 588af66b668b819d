import { Readable, Writable } from "node:stream";
import type { ImportExportContext } from "../../../src/commands/import-export/context.js";
import { type ImportExportCommand, runImportExport } from "../../../src/commands/import-export.js";
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
 * Runs an import or export in this process, beside the service and with its database, keys and policy. One that throws, as main would, ends
 * with exit code 1 and its explanation noted. `input` is what `-` reads.
 */
export async function importExportCommand(
  service: Pick<TestService, "config" | "clock">,
  command: ImportExportCommand,
  args: readonly string[],
  input: string | Uint8Array | AsyncIterable<Uint8Array> = "",
): Promise<ImportExportOutput> {
  const [printed, noted, chunks]: [string[], string[], Buffer[]] = [[], [], []];
  const context: ImportExportContext = {
    config: {
      ...service.config,
      database: service.config.stores?.database ?? { url: "" },
      security: service.config.security.initial.config,
    },
    now: service.clock.now,
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    stdin: isStream(input) ? input : Readable.from([Buffer.from(input)]),
    stdout: new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(chunk);
        done();
      },
    }),
  };
  const exitCode = await runImportExport(command, args, context).catch((error: unknown) => {
    noted.push(error instanceof Error ? error.message : String(error));
    return 1;
  });
  return { exitCode, printed: printed.join("\n"), noted: noted.join("\n"), bytes: Buffer.concat(chunks) };
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
