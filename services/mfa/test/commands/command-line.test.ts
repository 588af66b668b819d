import { type Application, type CommandContext, generateHelpTextForAllCommands } from "@stricli/core";
import { describe, expect, test } from "vitest";
import { application, resolve, runProgram } from "../../src/commands/command-line/run-program.js";
import { COMMANDS } from "../../src/commands/commands.js";
import { createTestProgram } from "../support/program-context.js";

// Help needs no context, and this function of the library takes none that is richer than its own.
const documented = generateHelpTextForAllCommands(
  application(COMMANDS, resolve(COMMANDS, []), []) as unknown as Application<CommandContext>,
);
const commands = documented.map(([route]) => route.replace("countersign ", ""));

/** Runs a command for which no configuration is to be had: one that is understood ends with exit code 1 and asks for it. */
async function command(line: string) {
  const { context, printed, noted } = createTestProgram({});
  const exitCode = await runProgram(COMMANDS, shellWords(line), context);
  return { exitCode, printed: printed(), noted: noted() };
}

function shellWords(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");
}

describe("help", () => {
  test.each(commands)("%s has examples and exit codes, and explains every flag", async (name) => {
    const { exitCode, printed } = await command(`${name} --help`);
    expect(exitCode).toBe(0);
    expect(printed).toMatch(/\nEXAMPLES\n {2}countersign .*\n {6}\S.*\n/);
    expect(printed).toMatch(/\nEXIT CODES\n {2}0 {2}\S.*\n {2}1 {2}\S.*\n {2}2 {2}\S/);
    const flags = /\nFLAGS\n(.*?)\n\n/s.exec(printed)?.[1]?.split("\n") ?? [];
    for (const flag of flags) expect(flag).toMatch(/^ {2}.*--\S* {2,}[A-Z]\S* \S/);
  });

  test.each(commands.filter((name) => name !== "serve"))(
    "the examples of %s are understood",
    async (name) => {
      const { printed } = await command(`${name} --help`);
      const lines = Array.from(printed.matchAll(/^ {2}countersign (.*)\n {6}/gm), ([, line = ""]) => line);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toMatch(new RegExp(`^${name}( |$)`));
        const { exitCode, noted } = await command(line.replace(/ > .*/, ""));
        expect({ line, noted, exitCode }).toMatchObject({ exitCode: name === "completion" ? 0 : 1 });
        // What is called over the network is identified first, by files that are not here.
        if (/ --(?:token-file|cert) /.test(line))
          expect(noted).toMatch(/^countersign: --\S+ names a file that cannot be read: ENOENT/);
        else if (name !== "completion")
          expect(noted).toBe("countersign: this test gives no such configuration");
      }
    },
  );

  test.each(["keys", "audit", "config", "migrate", "keys rotate"])(
    "help for %s is the same in each form",
    async (name) => {
      const { printed } = await command(`${name} --help`);
      expect(printed).toContain(`countersign ${name}`);
      expect(await command(`help ${name}`)).toMatchObject({ exitCode: 0, printed });
      expect(await command(`${name} -h`)).toMatchObject({ exitCode: 0, printed });
      if (!name.includes(" ")) expect(await command(`${name} help`)).toMatchObject({ exitCode: 0, printed });
    },
  );

  test("help lists every command, and none that is for scripts alone", async () => {
    const { printed } = await command("help");
    for (const name of commands) expect(printed).toContain(`  ${name.split(" ")[0]}`);
    expect(printed).not.toContain("complete-words");
  });
});

test("--version says which build this is", async () => {
  expect(await command("--version")).toMatchObject({ exitCode: 0, printed: "countersign development build" });
});

describe("what is not understood is said in one line, and nothing is done", () => {
  test.each([
    ["migarte", "there is no command migarte, did you mean migrate? See countersign --help"],
    ["keys retate", "there is no command keys retate, did you mean rotate? See countersign keys --help"],
    ["keys", "countersign keys needs a command, one of generate, import, list,"],
    ["--jsno", "there is no flag --jsno; see countersign --help"],
    ["keys list --jsno", "there is no flag --jsno, did you mean --json? See countersign keys list --help"],
    ["keys rewrap --batchsize 3", "there is no flag --batchsize, did you mean --batch-size?"],
    ["keys list --constructor", "there is no flag --constructor"],
    ["constructor", "there is no command constructor"],
    ["keys list --dir", "--dir needs a value"],
    ["keys list --json --json", "--json is given twice"],
    ["keys rewrap --batch-size many", "--batch-size must be a whole number from 1 to 100000"],
    ["audit verify --from yesterday", "--from must be a time such as 2026-11-23T00:00:00Z"],
    ["user show", "exactly one user is needed"],
    ["user unlock alice", "--reason is needed"],
    ["user reset alice bob --reason x", "too many arguments"],
    ["user show Zoë", "user must be 1 to 128 printable ASCII characters without blanks"],
    ["watch --interval 0", "--interval must be a whole number from 1 to 60"],
    ["migrate extra", 'too many arguments: "extra"'],
    ["completion fish", "shell fish is not one of (bash|zsh)"],
    ["import - --format xml --reason x", "--format is needed as one of csv, jsonl"],
  ])("what is not understood is said in one line, and nothing is done: %s", async (line, problem) => {
    const { exitCode, printed, noted } = await command(line);
    expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: "" });
    expect(noted).toContain(problem);
    expect(noted.split("\n")).toHaveLength(1);
  });
});

test("docs/commands.md has the help of every command (npm test commands/command-line -- -u brings it up to date)", async () => {
  const sections = documented.map(
    ([route, text]) => `## ${route}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`,
  );
  await expect(`${INTRODUCTION}\n${sections.join("\n")}`).toMatchFileSnapshot("../../../../docs/commands.md");
});

const INTRODUCTION = `# Commands

\`countersign COMMAND\` runs one command; without a command it serves. In a checkout it is \`npm start -- COMMAND\`, in the image
\`/nodejs/bin/node /app/main.mjs COMMAND\`. Configuration comes from the environment ([configuration.md](configuration.md)); each command reads
what it needs of it and no more.

- \`countersign help\`, \`countersign help keys rotate\` and \`countersign keys rotate --help\` print help. This page has the same text.
- \`countersign --version\` prints the version of the build.
- Results go to standard output; progress, advice and refusals to standard error.
- \`--json\` prints lines of JSON. Programs should read these and the exit code, because the text for people may change.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | Done, or in order. |
| 1 | The command failed, refused, or found something wrong. One line on standard error says why; \`LOG_LEVEL=debug\` adds the stack. |
| 2 | The arguments or the configuration are not valid. Every problem is listed, and nothing was done. |
| 3 | \`migrate --check\` only: this program cannot serve on the schema. |

The help of each command says what its exit codes mean.

## Completion

\`countersign completion bash\` and \`countersign completion zsh\` print a script that completes commands, flags and their values in a shell where
\`countersign\` is the name of a program or a function:

\`\`\`sh
source <(countersign completion bash)
\`\`\`
`;
