import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SERVICE = fileURLToPath(new URL("../../../", import.meta.url));

interface Journal {
  readonly entries: { readonly idx: number; readonly tag: string }[];
}

/** This program with other migrations: one release earlier or later, as far as the schema goes. */
export interface Program extends AsyncDisposable {
  readonly main: string;
  /** The version of the schema that it brings. */
  readonly version: number;
}

/** Without the last migration. */
export function olderProgram(): Promise<Program> {
  return createProgram((entries) => entries.slice(0, -1), "");
}

/** With one migration more. */
export function newerProgram(sql: string): Promise<Program> {
  const next = (entries: Journal["entries"]) => [
    ...entries,
    { ...entries[0]!, idx: entries.length, tag: "next" },
  ];
  return createProgram(next, sql);
}

async function createProgram(
  change: (entries: Journal["entries"]) => Journal["entries"],
  next: string,
): Promise<Program> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "countersign-program-")));
  for (const part of ["dist", "migrations", "package.json"])
    await cp(join(SERVICE, part), join(folder, part), { recursive: true });
  await symlink(join(SERVICE, "node_modules"), join(folder, "node_modules"));
  const path = join(folder, "migrations/meta/_journal.json");
  const journal = JSON.parse(await readFile(path, "utf8")) as Journal;
  const entries = change(journal.entries);
  await writeFile(path, JSON.stringify({ ...journal, entries }));
  await writeFile(join(folder, "migrations/next.sql"), next);
  return {
    main: join(folder, "dist/main.js"),
    version: entries.length,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
