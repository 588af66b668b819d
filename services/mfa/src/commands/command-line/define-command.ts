import {
  type BaseArgs,
  buildCommand,
  buildRouteMap,
  type Command,
  type RouteMap,
  type TypedCommandParameters,
} from "@stricli/core";
import { explainFailure } from "./explain-failure.js";
import type { ProgramContext } from "./program-context.js";

export type ProgramCommand = Command<ProgramContext>;
export type ProgramTarget = ProgramCommand | RouteMap<ProgramContext>;

type HelpArguments = Parameters<ProgramCommand["formatHelp"]>[0];
type Flags<FLAGS> = Readonly<Partial<Record<keyof FLAGS, unknown>>>;

/** Runs a command and returns its exit code. What it throws is explained to the user. */
type Run<FLAGS, ARGS extends BaseArgs> = (
  context: ProgramContext,
  flags: FLAGS,
  ...args: ARGS
) => number | Promise<number>;

interface CommandDefinition<FLAGS extends Flags<FLAGS>, ARGS extends BaseArgs> {
  /** One line, for lists of commands. */
  readonly brief: string;
  /** What a user must know. The brief, if there is no more to say. */
  readonly description?: string;
  /** Command lines without the program's name, with what each does. */
  readonly examples: readonly [line: string, does: string][];
  /** The meaning of each exit code. 2 is the same for every command and is added. */
  readonly exitCodes: Readonly<Record<number, string>>;
  readonly parameters: NoInfer<TypedCommandParameters<FLAGS, ARGS, ProgramContext>>;
  /** Loads the command's code. A command must not load the code of others, so definitions import none. */
  readonly load: () => Promise<Run<FLAGS, ARGS>>;
}

const NOT_UNDERSTOOD = "the arguments or the configuration are not valid; nothing was done";

/** A command, with help that ends with examples and exit codes. */
export function defineCommand<FLAGS extends Flags<FLAGS>, ARGS extends BaseArgs = []>({
  brief,
  description,
  examples,
  exitCodes,
  parameters,
  load,
}: CommandDefinition<FLAGS, ARGS>): ProgramCommand {
  // The library looks up flags by the text typed: --constructor must not find what every object inherits.
  if (parameters.flags !== undefined) Object.setPrototypeOf(parameters.flags, null);
  const command = buildCommand<FLAGS, ARGS, ProgramContext>({
    docs: { brief, fullDescription: description ?? brief },
    parameters,
    loader: () =>
      Promise.resolve(async function (this: ProgramContext, flags: FLAGS, ...args: ARGS) {
        try {
          this.process.exitCode = await (await load())(this, flags, ...args);
        } catch (error) {
          this.process.exitCode = explainFailure(this, error);
        }
      }),
  });
  const more = [
    ...section(
      "EXAMPLES",
      examples.map(([line, does]) => `countersign ${line}\n      ${does}`),
    ),
    ...section(
      "EXIT CODES",
      Object.entries({ 2: NOT_UNDERSTOOD, ...exitCodes }).map(([code, means]) => `${code}  ${means}`),
    ),
  ].join("\n");
  return { ...command, formatHelp: (args) => `${command.formatHelp(withEveryFlag(args))}${more}\n` };
}

/** Lists of commands show the required flags; the help of one command shows all. */
function withEveryFlag(args: HelpArguments): HelpArguments {
  return { ...args, config: { ...args.config, onlyRequiredInUsageLine: false } };
}

function section(title: string, items: readonly string[]): readonly string[] {
  return ["", title, ...items.map((item) => `  ${item}`)];
}

/** A group of commands. */
export function defineGroup<NAME extends string>(
  docs: { readonly brief: string; readonly description?: string; readonly hidden?: readonly NoInfer<NAME>[] },
  routes: Readonly<Record<NAME, ProgramTarget>>,
): RouteMap<ProgramContext> {
  const { brief, description = brief, hidden = [] } = docs;
  const hideRoute = Object.fromEntries(hidden.map((name) => [name, true])) as Partial<Record<NAME, boolean>>;
  return buildRouteMap<NAME, ProgramContext>({
    routes,
    docs: { brief, fullDescription: description, hideRoute },
  });
}
