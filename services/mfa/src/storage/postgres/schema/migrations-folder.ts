import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of SQL migrations: `migrations` in the nearest folder above this program, be it compiled code or one bundled file. */
export function migrationsFolder(program: string = import.meta.url): string {
  for (let folder = dirname(fileURLToPath(program)); ; folder = dirname(folder)) {
    const migrations = join(folder, "migrations");
    if (existsSync(join(migrations, "meta", "_journal.json"))) return migrations;
    if (dirname(folder) === folder) throw new Error("the migrations are missing from this installation");
  }
}
