import { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** The path of a program in PATH or, failing that, in one of the folders given. */
export function findBinary(name: string, folders: readonly string[] = []): string | undefined {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...path, ...folders].map((folder) => join(folder, name)).find(isExecutable);
}

/** The folder of Postgres' server programs: Debian keeps them outside PATH, one folder for each version. */
export function findPostgres(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const folders = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  const initdb = findBinary(
    "initdb",
    folders.map((version) => join(versions, version, "bin")),
  );
  // A link in PATH leads to the folder that has the other programs too.
  const bin = initdb === undefined ? undefined : dirname(realpathSync(initdb));
  return bin !== undefined && isExecutable(join(bin, "postgres")) ? bin : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
