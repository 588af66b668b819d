import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { KeyRingError } from "./key-ring-error.js";

/** A file of a key folder: its permission bits and content, or why it could not be read. */
export type KeyFolderEntry =
  | { readonly name: string; readonly mode: number; readonly content: string }
  | { readonly name: string; readonly fault: string };

const LARGEST_FILE = 4096;
const ATTEMPTS = 3;
const GONE = "cannot be read (ENOENT)";

/**
 * Every file of the folder in the order of names, dotfiles left out. Throws KeyRingError when the folder cannot be listed. A mounted Secret is read
 * through its `..data` link, resolved once, so that all files are of one version; when the kubelet deletes that version meanwhile, reading starts
 * again.
 */
export async function readKeyFolder(path: string): Promise<readonly KeyFolderEntry[]> {
  for (let attempt = 1; ; attempt++) {
    const entries = await readVersion(await versionOf(path)).catch((error: unknown) => codeOf(error));
    const isTorn = entries === "ENOENT" || (Array.isArray(entries) && entries.some(isGone));
    if (isTorn && attempt < ATTEMPTS) continue;
    if (typeof entries === "string") throw new KeyRingError([`the key folder cannot be read (${entries})`]);
    return entries;
  }
}

async function versionOf(path: string): Promise<string> {
  return await realpath(join(path, "..data")).catch(() => path);
}

async function readVersion(folder: string): Promise<KeyFolderEntry[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  return Promise.all(names.map((name) => readEntry(folder, name)));
}

async function readEntry(folder: string, name: string): Promise<KeyFolderEntry> {
  const path = join(folder, name);
  try {
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > LARGEST_FILE) return { name, fault: "is not a small regular file" };
    return { name, mode: stats.mode & 0o777, content: await readFile(path, "utf8") };
  } catch (error) {
    return { name, fault: `cannot be read (${codeOf(error)})` };
  }
}

function isGone(entry: KeyFolderEntry): boolean {
  return "fault" in entry && entry.fault === GONE;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}
