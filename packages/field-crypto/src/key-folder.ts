import { parseKeyFile } from "./key-file.js";
import { createKeyRing, type KeyRing, keySetProblems } from "./key-ring.js";
import { KeyRingError } from "./key-ring-error.js";
import { KEY_ID, PRIMARY_FILE, type StoredKey } from "./master-key.js";
import { type KeyFolderEntry, readKeyFolder } from "./read-key-folder.js";

const READABLE_BY_OTHERS = 0o004;
const WRITABLE_BY_OTHERS = 0o002;

/** The content of a folder's files, and the problems of single files. */
interface ParsedKeyFolder {
  readonly keys: readonly StoredKey[];
  readonly problems: readonly string[];
}

/** The ring of the folder at `path`. Throws KeyRingError with every problem of every file. */
export async function loadKeyRingFolder(path: string): Promise<KeyRing> {
  return keyRingFromEntries(await readKeyFolder(path));
}

/** The ring of these files. Throws KeyRingError with every problem of every file. */
export function keyRingFromEntries(entries: readonly KeyFolderEntry[]): KeyRing {
  const { keys, problems } = parseKeyFolder(entries);
  const all = [...problems, ...primaryProblems(entries, keys)];
  if (keys.length > 0 || problems.length === 0) all.push(...keySetProblems(keys));
  if (all.length > 0) throw new KeyRingError(all);
  return createKeyRing(keys);
}

/** Reads every file, whether or not the keys form a valid ring. */
export function parseKeyFolder(entries: readonly KeyFolderEntry[]): ParsedKeyFolder {
  const primary = primaryOf(entries);
  const parsed = entries.filter(({ name }) => name !== PRIMARY_FILE).map(parseEntry);
  const keys = parsed.flatMap((key) => ("id" in key ? key : []));
  return {
    keys: keys.map((key) =>
      key.id === primary && key.state === "decrypt-only" ? { ...key, state: "active" } : key,
    ),
    problems: [...entries.flatMap(permissionProblems), ...parsed.flatMap((key) => ("id" in key ? [] : key))],
  };
}

function parseEntry(entry: KeyFolderEntry): StoredKey | readonly string[] {
  if (!KEY_ID.test(entry.name)) return [`file ${JSON.stringify(entry.name)} is not named for a key id`];
  if ("fault" in entry) return [`key ${entry.name} ${entry.fault}`];
  return parseKeyFile(entry.name, entry.content);
}

function permissionProblems(entry: KeyFolderEntry): string[] {
  if ("fault" in entry) return [];
  const forbidden = WRITABLE_BY_OTHERS | (entry.name === PRIMARY_FILE ? 0 : READABLE_BY_OTHERS);
  if ((entry.mode & forbidden) === 0) return [];
  const mode = entry.mode.toString(8).padStart(4, "0");
  return [
    `file ${JSON.stringify(entry.name)} is open to every user of the machine (mode ${mode}): make it 0400, or 0440 with a group`,
  ];
}

function primaryOf(entries: readonly KeyFolderEntry[]): string | undefined {
  const entry = entries.find(({ name }) => name === PRIMARY_FILE);
  return entry && "content" in entry ? entry.content.trim() : undefined;
}

function primaryProblems(entries: readonly KeyFolderEntry[], keys: readonly StoredKey[]): string[] {
  const primary = primaryOf(entries);
  if (primary === undefined) return [`no key is active: the file "${PRIMARY_FILE}" must hold the id of one`];
  // Content that does not look like an id may be a key in the wrong file, so it is not repeated.
  if (!KEY_ID.test(primary)) return [`the file "${PRIMARY_FILE}" must hold one key id and nothing else`];
  if (!entries.some(({ name }) => name === primary))
    return [`the file "${PRIMARY_FILE}" names key ${primary}, which is not there`];
  const isRetired = keys.some(({ id, state }) => id === primary && state === "retired");
  return isRetired ? [`the file "${PRIMARY_FILE}" names key ${primary}, which is retired`] : [];
}
