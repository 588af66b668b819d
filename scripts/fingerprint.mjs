import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./process.mjs";

/** A digest of the named files and of every file below the named folders, names included. */
export function fingerprint(paths) {
  const digest = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of paths.flatMap(filesBelow).sort()) {
    const content = readFileSync(join(root, file));
    digest.update(`${file} ${content.length}\n`).update(content);
  }
  return digest.digest("hex");
}

function filesBelow(path) {
  if (!existsSync(join(root, path))) return [];
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesBelow(`${path}/${name}`));
}

/** The manifests of the workspace: its own and one for each folder that pnpm-workspace.yaml lists. */
export function manifests() {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const folders = [...workspace.matchAll(/^ +- +["']?([\w./-]+?)(\/\*)?["']?$/gm)].flatMap(
    ([, folder, all]) =>
      all && existsSync(join(root, folder))
        ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
        : [folder],
  );
  return ["", ...folders.map((folder) => `${folder}/`)].map((folder) => `${folder}package.json`);
}
