import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Two processes on one embedded database would corrupt it: PGlite itself takes no lock. */
export async function lockDataDir(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "lock");
  const holder = await holderOf(path);
  if (holder !== undefined) {
    throw new Error(`${folder} is in use by process ${holder}: stop it, or set DATA_DIR to another folder`);
  }
  await rm(path, { force: true });
  await writeFile(path, `${process.pid}\n`, { flag: "wx" });
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

/** The running process that holds the lock. A killed process leaves its pid behind, but holds nothing. */
async function holderOf(path: string): Promise<number | undefined> {
  const holder = Number(await readFile(path, "utf8").catch(() => ""));
  if (!Number.isInteger(holder) || holder <= 0) return undefined;
  try {
    process.kill(holder, 0);
    return holder;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM" ? holder : undefined;
  }
}
