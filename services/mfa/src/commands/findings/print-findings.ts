import type { ProgramContext } from "../command-line/program-context.js";
import type { Counts, Finding, Findings } from "./finding.js";

const LEVEL_WIDTH = 8;
const ABOUT_WIDTH = 14;
/** A remedy is printed below its text. */
const INDENT = " ".repeat(LEVEL_WIDTH + ABOUT_WIDTH + 2);

/** By SGR (ECMA-48): green, yellow, red, bold red. */
const COLOURS: Readonly<Record<Finding["level"], string>> = {
  ok: "32",
  warning: "33",
  failed: "31",
  fatal: "1;31",
};

/**
 * Prints findings as they come, and their counts at the end. For people: in columns, grouped by subject, remedies on separate lines, coloured on a
 * terminal unless NO_COLOR is set. For programs: a line of JSON for each finding and one with the counts.
 */
export async function printFindings(
  { print, process, env }: Pick<ProgramContext, "print" | "process" | "env">,
  findings: Findings,
  { json, summary }: { readonly json: boolean | undefined; readonly summary: (counts: Counts) => string },
): Promise<Counts> {
  const counts = { ok: 0, warning: 0, failed: 0, fatal: 0 };
  const hasColours = (process.stdout.getColorDepth?.(definedOf(env)) ?? 1) > 1;
  let group: string | undefined;
  for await (const finding of findings) {
    counts[finding.level] += 1;
    if (json === true) {
      print(JSON.stringify({ event: "finding", ...finding }));
      continue;
    }
    if (group !== undefined && group !== finding.about) print("");
    group = finding.about;
    for (const line of linesOf(finding, hasColours)) print(line);
  }
  if (json === true) print(JSON.stringify({ event: "end", ...counts }));
  else {
    print("");
    print(summary(counts));
  }
  return counts;
}

function linesOf({ level, about, text, remedy }: Finding, hasColours: boolean): readonly string[] {
  const word = level.padEnd(LEVEL_WIDTH);
  const coloured = hasColours ? `\u001b[${COLOURS[level]}m${word}\u001b[0m` : word;
  const line = `${coloured} ${about.padEnd(ABOUT_WIDTH)} ${text}`;
  return remedy === undefined ? [line] : [line, `${INDENT}${remedy}`];
}

function definedOf(env: ProgramContext["env"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
