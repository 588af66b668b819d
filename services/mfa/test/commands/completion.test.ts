import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAIN } from "../support/command.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";

const run = promisify(execFile);

let folder: ScratchFolder;
beforeAll(async () => {
  folder = await createScratchFolder();
  await folder.put("countersign", `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
  await chmod(folder.at("countersign"), 0o755);
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Has a shell complete the last of these words by the function that its script defines. */
const SHELLS = {
  bash: `source <(countersign completion bash)
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _countersign countersign
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Both are zsh's own functions, which need a terminal.
  zsh: `compdef() { : }
    _describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" }
    _files() { print files }
    source =(countersign completion zsh)
    words=("$@"); CURRENT=$#; _countersign`,
} as const;

type Shell = keyof typeof SHELLS;

async function isThere(shell: Shell): Promise<boolean> {
  return run(shell, ["-c", "true"]).then(
    () => true,
    () => false,
  );
}

async function complete(shell: Shell, ...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run(shell, ["-c", SHELLS[shell], "-", "countersign", ...words], {
    env: { PATH: `${folder.at(".")}:${process.env.PATH ?? ""}` },
  });
  return stdout.split("\n").filter((line) => line !== "");
}

describe.each(["bash", "zsh"] as const)("%s", (shell) => {
  test("the shell completes commands, flags and values", async ({ skip }) => {
    if (!(await isThere(shell))) skip(`${shell} is not installed`);
    expect(await complete(shell, "mi")).toEqual(["migrate"]);
    expect(await complete(shell, "keys", "re")).toEqual(["rewrap", "retire", "remove"]);
    expect(await complete(shell, "keys", "retire", "--lose-a")).toEqual(["--lose-audit-proof"]);
    expect(await complete(shell, "import", "users.csv", "--format", "")).toEqual(["csv", "jsonl"]);
    expect(await complete(shell, "completion", "")).toEqual(expect.arrayContaining(["bash", "zsh"]));
    const files = await complete(shell, "keys", "list", "--dir", "/tm");
    expect(files).toEqual(shell === "zsh" ? ["files"] : []);
  });
});
