import type { Writable } from "node:stream";
import type { CommandContext, StricliProcess } from "@stricli/core";
import type { ProgramConfigs } from "./program-configs.js";

/** What every command runs with: the shell's side of it, and the configuration. Tests hand in their own. */
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
  /** What `-` reads. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** For bytes; lines are for `print`. */
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
