import {
  type Application,
  buildApplication,
  ExitCode,
  help,
  type RouteMap,
  run,
  version,
} from "@stricli/core";
import type { ProgramContext } from "./program-context.js";
import { type Resolved, usageTexts } from "./usage-texts.js";

const HELP_FORMAT = {
  caseStyle: "convert-camel-to-kebab",
  useAliasInUsageLine: false,
  onlyRequiredInUsageLine: true,
} as const;

const HELP_WORDS: ReadonlySet<string> = new Set(["help", "--help", "-h"]);

/**
 * Runs one command and returns its exit code. Without a command it serves. `help` may come before or after a command. A usage error is reported in
 * one line.
 */
export async function runProgram(
  root: RouteMap<ProgramContext>,
  args: readonly string[],
  context: ProgramContext,
): Promise<number> {
  const inputs = helpAsFlag(args.length === 0 ? ["serve"] : args);
  const resolved = resolve(root, inputs);
  if (isIncomplete(resolved, inputs)) return askForCommand(resolved, context);
  const shell = { ...context.process };
  await run(application(root, resolved, inputs), inputs, { ...context, process: shell });
  return shell.exitCode === undefined ? 1 : exitCodeOf(Number(shell.exitCode));
}

/** The library's view of the program, with texts for these inputs. */
export function application(
  root: RouteMap<ProgramContext>,
  resolved: Resolved,
  inputs: readonly string[],
): Application<ProgramContext> {
  const text = usageTexts(resolved, inputs);
  const integrations = {
    help: help<ProgramContext>({
      brief: text.briefs.help,
      defaultForRouteMap: true,
      formatting: HELP_FORMAT,
    }),
    version: version<ProgramContext>({
      brief: text.briefs.version,
      info: { getCurrentVersion: () => Promise.resolve(versionOf(process.env)) },
    }),
  };
  const settings = {
    name: "countersign",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: HELP_FORMAT,
    localization: { text },
  } as const;
  return buildApplication(root, settings, integrations);
}

/** Resolves words to a command, or as far as they name groups. */
export function resolve(root: RouteMap<ProgramContext>, inputs: readonly string[]): Resolved {
  const words: string[] = [];
  let target: Resolved["target"] = root;
  for (const word of inputs) {
    if ("parameters" in target) break;
    const next = target.getRoutingTargetForInput(word);
    if (next === undefined) break;
    target = next;
    words.push(word);
  }
  return { words, target };
}

function helpAsFlag(args: readonly string[]): readonly string[] {
  const [first, second] = args;
  if (first === "help") return [...args.slice(1), "--help"];
  return second === "help" ? [first ?? "", "--help"] : args;
}

function isIncomplete({ words, target }: Resolved, inputs: readonly string[]): boolean {
  return (
    !("parameters" in target) &&
    words.length === inputs.length &&
    !inputs.some((word) => HELP_WORDS.has(word))
  );
}

function askForCommand({ words, target }: Resolved, { note }: ProgramContext): 2 {
  const commands = "parameters" in target ? [] : target.getAllEntries().map(({ name }) => name.original);
  const name = ["countersign", ...words].join(" ");
  note(`countersign: ${name} needs a command, one of ${commands.join(", ")}; see ${name} --help`);
  return 2;
}

/** The build, as the image states it. */
function versionOf({ COUNTERSIGN_VERSION, COUNTERSIGN_REVISION }: NodeJS.ProcessEnv): string {
  const revision = COUNTERSIGN_REVISION === undefined ? "" : ` (${COUNTERSIGN_REVISION})`;
  return `countersign ${COUNTERSIGN_VERSION ?? "development build"}${revision}`;
}

/** The library returns negative codes for usage errors and its own faults. */
function exitCodeOf(code: number): number {
  if (code >= 0) return code;
  return code === ExitCode.InvalidArgument || code === ExitCode.UnknownCommand ? 2 : 1;
}
