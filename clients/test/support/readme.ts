import { readFileSync } from "node:fs";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The commands of the README's section with this heading: the last one runs the program, those before it build it. */
export function commandsOf(heading: string): { readonly build: readonly string[]; readonly run: string } {
  const section = README.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  const block = /^```sh\n(.*?)^```/ms.exec(section ?? "")?.[1];
  const commands = block?.trim().split("\n") ?? [];
  const run = commands.at(-1);
  if (run === undefined) throw new Error(`clients/README.md has no commands for ${heading}`);
  return { build: commands.slice(0, -1), run };
}
