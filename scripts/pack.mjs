import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { mustRun, root } from "./process.mjs";

/** What other teams install: the generated protocol, and the client that depends on it. */
const published = ["packages/protocol", "packages/client"];

/** Puts a tarball of each published package into a folder, and prints their paths. */
export async function pack([folder]) {
  if (folder === undefined) throw new Error("usage: npm run pack -- FOLDER");
  const into = resolve(folder);
  mkdirSync(into, { recursive: true });
  for (const path of published) {
    dropStale(join(root, path));
    const tarball = await packOne(join(root, path), into);
    await lint(tarball);
    console.log(tarball);
  }
}

/** The compiler leaves behind what it made of sources that are gone. */
function dropStale(path) {
  for (const file of readdirSync(join(path, "dist"), { recursive: true })) {
    const [, stem] = /^(.*?)(?:\.d\.ts|\.js|\.js\.map)$/.exec(file) ?? [];
    if (stem !== undefined && !existsSync(join(path, "src", `${stem}.ts`))) rmSync(join(path, "dist", file));
  }
}

/** pnpm writes the versions of the workspace into the manifest, and adds the licence. */
async function packOne(path, into) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const args = ["--yes", packageManager, "pack", "--json", "--pack-destination", into];
  return JSON.parse(await mustRun("npx", args, { cwd: path })).filename;
}

/** What is wrong with a package as others get it, suggestions included, ends the packing. */
async function lint(tarball) {
  const bytes = new Uint8Array(readFileSync(tarball));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  const found = messages.map((message) => formatMessage(message, pkg)).join("\n");
  if (found !== "") throw new Error(`publint on ${tarball}:\n${found}`);
}
