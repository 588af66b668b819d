import type { Writable } from "node:stream";
import type { CommandContext, StricliProcess } from "@stricli/core";
import type { ProgramConfigs } from "./program-configs.js";

/** The environment of every command: its side of the shell, and the configuration. Tests pass their own. */
export interface ProgramContext extends CommandContext {
  /** For the command-line library: help, usage errors and the exit code. */
  readonly process: StricliProcess;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly configs: ProgramConfigs;
  readonly now: () => Date;
  /** Writes one line of results, for people and pipes. */
  readonly print: (line: string) => void;
  /** Writes one line of progress, advice or refusal to standard error. */
  readonly note: (line: string) => void;
  /** The input that `-` reads. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Output of bytes; for lines use `print`. */
  readonly stdout: Writable;
}

/** The context of this process. */
export function processContext(configs: ProgramConfigs): ProgramContext {
  const { stdin, stdout, stderr, env } = process;
  const print = (line: string) => void stdout.write(`${line}\n`);
  const note = (line: string) => void stderr.write(`${line}\n`);
  return {
    process: { stdout, stderr, env },
    env,
    configs,
    now: () => new Date(),
    print,
    note,
    stdin,
    stdout,
  };
}
