import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { encodeKeyFile } from "./key-file.js";
import { parseKeyFolder } from "./key-folder.js";
import { keySetProblems } from "./key-ring.js";
import { KeyRingError } from "./key-ring-error.js";
import { withKeyAdded, withKeyPromoted, withKeyRemoved, withKeyRetired } from "./key-rotation.js";
import { infoOf, type KeyInfo, PRIMARY_FILE, type StoredKey } from "./master-key.js";
import { readKeyFolder } from "./read-key-folder.js";
import { syncFolder, writeAtomically } from "./write-atomically.js";

/*
 * The steps of key-rotation.ts on a folder of files, each returning the keys afterwards. Each step atomically replaces at most one file. A mounted
 * Secret is read-only: there the same steps are edits of the Secret.
 */

const KEY_FILE_MODE = 0o400;
const PRIMARY_FILE_MODE = 0o644;

/** The keys of a folder, which need not form a ring yet. Throws KeyRingError with the problems of its files. */
export async function listKeys(folder: string): Promise<readonly KeyInfo[]> {
  return (await readKeys(folder)).map(infoOf);
}

/** Adds a key as decrypt-only, with mode 0400. Throws KeyRingError for an id or a secret that already exists. */
export async function writeKeyFile(folder: string, key: StoredKey): Promise<readonly KeyInfo[]> {
  const keys = await readKeys(folder);
  const after = withKeyAdded(keys.map(infoOf), key);
  const problems = keySetProblems([...keys, key]);
  if (problems.length > 0) throw new KeyRingError(problems);
  await writeAtomically(join(folder, key.id), encodeKeyFile(key), { mode: KEY_FILE_MODE, replace: false });
  return after;
}

/** Makes a key the active one. Call it only when every replica has loaded the key. */
export async function promoteKey(folder: string, id: string): Promise<readonly KeyInfo[]> {
  const after = withKeyPromoted(await listKeys(folder), id);
  await writeAtomically(join(folder, PRIMARY_FILE), `${id}\n`, { mode: PRIMARY_FILE_MODE, replace: true });
  return after;
}

/** Retires a key. Call it only when nothing is sealed under it any more. */
export async function retireKey(folder: string, id: string): Promise<readonly KeyInfo[]> {
  const keys = await readKeys(folder);
  const after = withKeyRetired(keys.map(infoOf), id);
  const key = keys.find((each) => each.id === id);
  if (key) await replaceKeyFile(join(folder, id), { ...key, state: "retired" });
  return after;
}

/** Deletes a retired key's file. */
export async function removeKey(folder: string, id: string): Promise<readonly KeyInfo[]> {
  const after = withKeyRemoved(await listKeys(folder), id);
  await rm(join(folder, id));
  await syncFolder(folder);
  return after;
}

async function replaceKeyFile(path: string, key: StoredKey): Promise<void> {
  // The service may read the file through its group, so the mode stays as it was.
  const { mode } = await stat(path);
  await writeAtomically(path, encodeKeyFile(key), { mode: mode & 0o777, replace: true });
}

async function readKeys(folder: string): Promise<readonly StoredKey[]> {
  const { keys, problems } = parseKeyFolder(await readKeyFolder(folder));
  if (problems.length > 0) throw new KeyRingError(problems);
  return keys;
}
