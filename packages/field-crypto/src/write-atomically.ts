import { randomUUID } from "node:crypto";
import { link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

interface WriteOptions {
  /** Permission bits, whatever the umask. */
  readonly mode: number;
  /** Whether an existing file is replaced; otherwise the write fails with EEXIST. */
  readonly replace: boolean;
}

/** Writes a file so that a reader, or a crash at any point, finds the old content or the new, never a part. */
export async function writeAtomically(path: string, content: string, options: WriteOptions): Promise<void> {
  const folder = dirname(path);
  // Loaders skip dotfiles, so one left by a crash is harmless.
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}`);
  try {
    await writeSynced(temporary, content, options.mode);
    await (options.replace ? rename(temporary, path) : link(temporary, path));
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(folder);
}

/** Makes renames and removals in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

async function writeSynced(path: string, content: string, mode: number): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(content);
  await file.chmod(mode);
  await file.sync();
}
