import { generateKey, type KeyInfo, listKeys, promoteKey, writeKeyFile } from "@countersign/field-crypto";
import { missingKeyText } from "../../storage/postgres/keys/keys-in-use.js";
import { addKey } from "./add.js";
import { missingKeys, openDatabase } from "./database.js";
import { folderOf, type KeyCommand, type KeyContext, report } from "./key-context.js";
import { requireKnownToReplicas } from "./settle.js";

/** Two steps, chosen by the state of the folder, so that the command can be run again at any time. */
export const rotate: KeyCommand = async (context) => {
  const keys = await listKeys(folderOf(context));
  await requireNothingMissing(context, keys);
  const active = keys.find(({ state }) => state === "active");
  const waiting = keys.filter((key) => active !== undefined && isWaiting(key, active));
  const newest = waiting.sort(byAge).at(-1);
  return newest === undefined ? addNext(context, active) : activate(context, newest.id);
};

export const promote: KeyCommand = (context) => activate(context, context.operand);

async function addNext(context: KeyContext, active: KeyInfo | undefined): Promise<number> {
  const folder = folderOf(context);
  const key = generateKey(context.now(), context.options.id);
  if (active === undefined) await addKey(folder, key);
  else await writeKeyFile(folder, key);
  report(context, { step: "added", key: key.id }, `key ${key.id} added: it opens, and does not seal yet`);
  context.note(
    `Next: let every replica read it. In Kubernetes, update the Secret from this folder now. After two minutes:
  countersign keys rotate`,
  );
  return 0;
}

/**
 * A folder that lacks a key of the database is the wrong one: rotating it would lose more. Without a database, or if it does not answer, this is
 * unknown, and a rotation does not need it.
 */
async function requireNothingMissing(context: KeyContext, keys: readonly KeyInfo[]): Promise<void> {
  if (context.config.database === undefined || keys.length === 0) return;
  const usable = keys.filter(({ state }) => state !== "retired").map(({ id }) => id);
  await using database = openDatabase(context);
  const missing = await missingKeys(database, usable).catch(() => undefined);
  if (missing === undefined) context.note("the database could not be asked whether a key is missing");
  else if (missing.length > 0) throw new Error(missing.map(missingKeyText).join("\n  "));
}

async function activate(context: KeyContext, id: string): Promise<number> {
  const folder = folderOf(context);
  const keys = await listKeys(folder);
  const key = keys.find((each) => each.id === id);
  const previous = keys.find(({ state }) => state === "active");
  if (key !== undefined && previous !== undefined && previous !== key) requireKnownToReplicas(context, key);
  await promoteKey(folder, id);
  report(context, { step: "activated", key: id, previous: previous?.id }, `key ${id} is active`);
  if (previous === undefined || previous.id === id) return 0;
  context.note(
    `What ${previous.id} sealed still opens. In Kubernetes, update the Secret from this folder now. After two minutes:
  countersign keys rewrap
  countersign keys status
and, when nothing needs ${previous.id} any more:
  countersign keys retire ${previous.id}
  countersign keys remove ${previous.id}`,
  );
  return 0;
}

/** Keys older than the active one have been active before. */
function isWaiting(key: KeyInfo, active: KeyInfo): boolean {
  return key.state === "decrypt-only" && byAge(active, key) < 0;
}

function byAge(a: KeyInfo, b: KeyInfo): number {
  return (a.createTime?.getTime() ?? 0) - (b.createTime?.getTime() ?? 0);
}
