import { runProgram } from "../../src/commands/command-line/run-program.js";
import { COMMANDS } from "../../src/commands/commands.js";
import type { ServiceConfig } from "../../src/config/service-config.js";
import { createTestProgram } from "./program-context.js";

export interface KeysOutput {
  readonly exitCode: number;
  /** What it printed and noted. */
  readonly printed: string;
  readonly noted: string;
}

/** Runs a key command in this process. */
export async function keysCommand(
  config: Partial<Pick<ServiceConfig, "keyRingDir" | "stores">>,
  args: readonly string[],
  now: () => Date = () => new Date(),
): Promise<KeysOutput> {
  const { keyRingDir, stores } = config;
  const keys = () => Promise.resolve({ keyRingDir, encryptionKey: undefined, database: stores?.database });
  const { context, printed, noted } = createTestProgram({ keys }, { now });
  const exitCode = await runProgram(COMMANDS, ["keys", ...args], context);
  return { exitCode, printed: printed(), noted: noted() };
}
