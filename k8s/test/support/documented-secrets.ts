import { readFileSync } from "node:fs";
import { join } from "node:path";
import { k8s } from "./render.js";

/** The Secrets of README.md's table, each with the keys that it must have. */
export function documentedSecrets(): Map<string, readonly string[]> {
  const readme = readFileSync(join(k8s, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `(countersign-[a-z-]+)` \| (.*?) \|/gm)];
  return new Map(
    rows.map(([, name = "", keys = ""]) => [
      name,
      [...keys.matchAll(/`([^`]+)`/g)].map((key) => key[1] ?? ""),
    ]),
  );
}
