#!/usr/bin/env node
import { pathToFileURL } from "node:url";
import { environmentConfigs } from "./commands/command-line/program-configs.js";
import { processContext } from "./commands/command-line/program-context.js";
import { runProgram } from "./commands/command-line/run-program.js";
import { COMMANDS } from "./commands/commands.js";

/** Runs one command in this process and answers its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runProgram(COMMANDS, args, processContext(environmentConfigs(process.env)));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
