import { Writable } from "node:stream";
import { WriteStream } from "node:tty";
import type { ProgramConfigs } from "../../src/commands/command-line/program-configs.js";
import type { ProgramContext } from "../../src/commands/command-line/program-context.js";

export interface TestProgram {
  readonly context: ProgramContext;
  /** What was printed so far, lines joined. */
  readonly printed: () => string;
  readonly noted: () => string;
  /** What was written to standard output byte by byte. */
  readonly bytes: () => Buffer;
}

interface TestProgramOptions extends Partial<Pick<ProgramContext, "now" | "stdin" | "env">> {
  /** Standard output is a terminal. */
  readonly terminal?: boolean;
}

/** Has commands run in this process with the configuration given; asking for another one fails. */
export function createTestProgram(
  configs: Partial<ProgramConfigs>,
  { now = () => new Date(), stdin = neverWritten(), env = {}, terminal = false }: TestProgramOptions = {},
): TestProgram {
  const [printed, noted, chunks]: [string[], string[], Buffer[]] = [[], [], []];
  const none = () => Promise.reject(new Error("this test gives no such configuration"));
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  const context: ProgramContext = {
    process: {
      stdout: {
        write: (text) => void printed.push(text.trimEnd()),
        ...(terminal && { getColorDepth: (given) => WriteStream.prototype.getColorDepth(given) }),
      },
      stderr: { write: (text) => void noted.push(text.trimEnd()) },
    },
    env,
    configs: { service: none, migrate: none, keys: none, audit: none, importExport: none, ...configs },
    now,
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    stdin,
    stdout,
  };
  return {
    context,
    printed: () => printed.join("\n"),
    noted: () => noted.join("\n"),
    bytes: () => Buffer.concat(chunks),
  };
}

async function* neverWritten(): AsyncGenerator<Uint8Array> {
  // Standard input of a command that reads none.
}
