import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, run, tool } from "./process.mjs";

const contract = ["proto", "proto-deps", "buf.yaml"];

/** Holds the protos against main's, or on main itself against the commit before. */
export async function breakingChanges() {
  const base = await baseCommit();
  if (base === undefined) return { ok: true, output: "", skipped: "no earlier commit has protos" };
  const folder = mkdtempSync(join(tmpdir(), "countersign-protos-"));
  try {
    // An archive, because buf reads neither a shallow clone nor a linked worktree.
    await mustRun("git", ["archive", "--output", join(folder, "base.tar"), base, ...contract]);
    return await run(tool("buf"), ["breaking", "--against", join(folder, "base.tar")]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The newest commit worth comparing with that has a contract, if any is at hand. */
async function baseCommit() {
  const head = await commit("HEAD");
  for (const branch of ["origin/main", "main"]) {
    const fork = await answer(["merge-base", "HEAD", branch]);
    if (fork !== undefined && fork !== head && (await hasContract(fork))) return fork;
  }
  const edited = !(await run("git", ["diff", "--quiet", "HEAD", "--", ...contract])).ok;
  const previous = edited ? head : await commit("HEAD^");
  return previous !== undefined && (await hasContract(previous)) ? previous : undefined;
}

const commit = (name) => answer(["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);

async function answer(args) {
  const { ok, output } = await run("git", args);
  return ok ? output.trim() : undefined;
}

async function hasContract(at) {
  const files = (await mustRun("git", ["ls-tree", "-r", "--name-only", at, ...contract])).split("\n");
  return files.includes("buf.yaml") && files.some((file) => /^proto\/.*\.proto$/.test(file));
}
