import { proposeCompletions, type RouteMap } from "@stricli/core";
import type { ProgramContext } from "../command-line/program-context.js";
import { application, resolve } from "../command-line/run-program.js";

/** Prints the completions of the last word, each with a tab and a description. */
export async function completeWords(
  root: RouteMap<ProgramContext>,
  context: ProgramContext,
  words: readonly string[],
): Promise<number> {
  const proposals = await proposeCompletions(application(root, resolve(root, words), words), words, context);
  for (const { completion, brief } of proposals)
    if (completion !== "--") context.print(`${completion}\t${brief}`);
  return 0;
}
