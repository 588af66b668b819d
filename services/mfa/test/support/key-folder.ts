import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, promoteKey, writeKeyFile } from "@countersign/field-crypto";

export interface KeyFolder extends AsyncDisposable {
  readonly path: string;
}

/** A folder with one active key. */
export async function createKeyFolder(id: string, createTime = new Date()): Promise<KeyFolder> {
  const path = await mkdtemp(join(tmpdir(), "countersign-keys-"));
  await writeKeyFile(path, generateKey(createTime, id));
  await promoteKey(path, id);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
