import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A program that a build needs, and the oldest version that will do. */
export interface Tool {
  readonly command: string;
  readonly versionArguments: readonly string[];
  /** Its first group is the version's number. */
  readonly version: RegExp;
  readonly atLeast: readonly number[];
}

export const TOOLS = {
  go: { command: "go", versionArguments: ["version"], version: /go(\d+\.\d+)/, atLeast: [1, 26] },
  python: {
    command: "python3",
    // Debian's Python has venv only with another package.
    versionArguments: ["-c", "import ensurepip, sys; print('Python %d.%d' % sys.version_info[:2])"],
    version: /Python (\d+\.\d+)/,
    atLeast: [3, 10],
  },
  java: { command: "javac", versionArguments: ["-version"], version: /javac (\d+)/, atLeast: [17] },
  curl: { command: "curl", versionArguments: ["--version"], version: /curl (\d+)/, atLeast: [7] },
  maven: { command: "mvn", versionArguments: ["-v"], version: /Maven (\d+\.\d+)/, atLeast: [3, 6] },
} satisfies Record<string, Tool>;

/** Why what needs these tools cannot be built here; undefined where it can. */
export async function whyNot(tools: readonly Tool[]): Promise<string | undefined> {
  const lacking = await Promise.all(tools.map(lack));
  return lacking.find((lack) => lack !== undefined);
}

async function lack({ command, versionArguments, version, atLeast }: Tool): Promise<string | undefined> {
  const wanted = `needs ${command} ${atLeast.join(".")} or newer`;
  const answer = await run(command, [...versionArguments]).catch(() => undefined);
  if (answer === undefined) return `${wanted}, and there is none`;
  const found = version.exec(`${answer.stdout}${answer.stderr}`)?.[1];
  if (found === undefined) return `${wanted}, and this one does not tell its version`;
  return isAtLeast(found.split(".").map(Number), atLeast) ? undefined : `${wanted}, and this is ${found}`;
}

function isAtLeast(found: readonly number[], wanted: readonly number[]): boolean {
  const differing = wanted.findIndex((number, index) => found[index] !== number);
  return differing === -1 || (found[differing] ?? 0) > (wanted[differing] ?? 0);
}
