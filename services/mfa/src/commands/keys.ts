import { parseArgs } from "node:util";
import { abandon } from "./keys/abandon.js";
import { generate, importKey, list } from "./keys/add.js";
import { remove, retire } from "./keys/retire.js";
import { rewrap } from "./keys/rewrap.js";
import { promote, rotate } from "./keys/rotate.js";
import { status } from "./keys/status.js";
import { type KeyContext, OPTIONS, type OptionValues, type Verb } from "./keys/verb.js";

const VERBS: Readonly<Record<string, Verb>> = {
  generate,
  import: importKey,
  list,
  status,
  rotate,
  promote,
  rewrap,
  retire,
  remove,
  abandon,
};

/** Keeps the folder of keys. Exit codes: 0 done, 1 refused or not finished, 2 not understood. */
export async function runKeys(
  args: readonly string[],
  context: Omit<KeyContext, "options" | "operand">,
): Promise<number> {
  const [name = "help", ...rest] = args;
  if (name === "help" || rest.includes("--help") || name === "--help") {
    context.print(usage());
    return 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) return misunderstood(context, `there is no command keys ${name}`);
  const { problem, ...given } = understand(verb, rest);
  return problem === undefined ? await verb.run({ ...context, ...given }) : misunderstood(context, problem);
}

function misunderstood({ note }: Pick<KeyContext, "note">, problem: string): number {
  note(`countersign: ${problem}\n\n${usage()}`);
  return 2;
}

interface Understood {
  readonly options: OptionValues;
  readonly operand: string;
  readonly problem?: string;
}

/** What the arguments say, and what is wrong with them. */
function understand(verb: Verb, args: readonly string[]): Understood {
  const options = Object.fromEntries(verb.options.map((name) => [name, OPTIONS[name]]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const given = { options: values, operand: positionals[0] ?? "" };
    if (positionals.length === (verb.operand === undefined ? 0 : 1)) return given;
    const problem =
      verb.operand === undefined ? "too many arguments" : `exactly one ${verb.operand} is needed`;
    return { ...given, problem };
  } catch (error) {
    return {
      options: {},
      operand: "",
      problem: error instanceof Error ? error.message : "unreadable arguments",
    };
  }
}

function usage(): string {
  const lines = Object.entries(VERBS).map(([name, { operand, options, does }]) => {
    const given = options.map((option) =>
      OPTIONS[option].type === "string" ? `[--${option} …]` : `[--${option}]`,
    );
    return `  ${[name, ...(operand === undefined ? [] : [operand])].join(" ")}\n      ${does}\n      ${given.join(" ")}`;
  });
  return `countersign keys <command>, on the folder of KEY_RING_DIR or --dir\n\n${lines.join("\n")}`;
}
