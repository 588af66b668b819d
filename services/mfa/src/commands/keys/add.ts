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
import { folderOf, type KeyContext, type Verb } from "./verb.js";

export const generate: Verb = {
  options: ["dir", "id", "json"],
  does: "add a fresh key: active when it is the first, else opening only",
  run: (context) => add(context, generateKey(context.now(), context.options.id)),
};

export const importKey: Verb = {
  operand: "FILE",
  options: ["dir", "json"],
  does: "add the key of a file that holds an ENCRYPTION_KEY, under the id that it has there",
  run: async (context) => {
    const base64 = (await readFile(context.operand, "utf8")).trim();
    return add(context, { ...masterKeyFromBase64(base64), createTime: context.now() });
  },
};

export const list: Verb = {
  options: ["dir", "json"],
  does: "the keys of the folder, without their secrets",
  run: async (context) => {
    const keys = await listKeys(folderOf(context));
    if (context.options.json === true) context.print(JSON.stringify({ keys }));
    else for (const key of keys) context.print(describe(key));
    return 0;
  },
};

async function add(context: KeyContext, key: StoredKey): Promise<number> {
  const folder = folderOf(context);
  const keys = await addKey(folder, key);
  const added = keys.find(({ id }) => id === key.id);
  if (context.options.json === true) context.print(JSON.stringify({ key: added }));
  else if (added !== undefined) context.print(describe(added));
  return 0;
}

/** Adds a key, and makes it active when no other is: nothing can be sealed under a ring without. */
export async function addKey(folder: string, key: StoredKey): Promise<readonly KeyInfo[]> {
  const keys = await writeKeyFile(folder, key);
  return keys.some(({ state }) => state === "active") ? keys : promoteKey(folder, key.id);
}

function describe({ id, state, createTime }: KeyInfo): string {
  return `${id}  ${state}  ${createTime?.toISOString() ?? "-"}`;
}
