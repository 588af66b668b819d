import { readFile } from "node:fs/promises";
import {
  generateKey,
  type KeyInfo,
  listKeys,
  masterKeyFromBase64,
  promoteKey,
  type StoredKey,
  writeKeyFile,
} from "@countersign/field-crypto";
import { folderOf, type KeyCommand, type KeyContext, report } from "./key-context.js";

export const generate: KeyCommand = (context) => add(context, generateKey(context.now(), context.options.id));

export const importKey: KeyCommand = async (context) => {
  const base64 = (await readFile(context.operand, "utf8")).trim();
  return add(context, { ...masterKeyFromBase64(base64), createTime: context.now() });
};

export const list: KeyCommand = async (context) => {
  const keys = await listKeys(folderOf(context));
  report(context, { keys }, keys.map(describe).join("\n"));
  return 0;
};

async function add(context: KeyContext, key: StoredKey): Promise<number> {
  const keys = await addKey(folderOf(context), key);
  const added = keys.find(({ id }) => id === key.id);
  if (added !== undefined) report(context, { key: added }, describe(added));
  return 0;
}

/** Adds a key, and makes it active if no other is: a ring without an active key cannot seal. */
export async function addKey(folder: string, key: StoredKey): Promise<readonly KeyInfo[]> {
  const keys = await writeKeyFile(folder, key);
  return keys.some(({ state }) => state === "active") ? keys : promoteKey(folder, key.id);
}

function describe({ id, state, createTime }: KeyInfo): string {
  return `${id}  ${state}  ${createTime?.toISOString() ?? "-"}`;
}
