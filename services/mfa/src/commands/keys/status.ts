import { type KeyInfo, keyRingFromMasterKey, listKeys } from "@countersign/field-crypto";
import { type KeyUsage, NO_USAGE, readKeyUsage } from "../../storage/postgres/keys/key-usage.js";
import { readAbandonedKeys } from "../../storage/postgres/keys/keys-in-use.js";
import { textTable } from "../command-line/text-table.js";
import { openDatabase } from "./database.js";
import { folderOf, type KeyCommand, type KeyContext, report } from "./key-context.js";

interface KeyStatus extends KeyUsage {
  readonly id: string;
  /** "missing": rows name a key that is not there. "abandoned": the same, and servers no longer require it. */
  readonly state: KeyInfo["state"] | "missing" | "abandoned";
  readonly createTime: Date | undefined;
}

export const status: KeyCommand = async (context) => {
  const keys = await statusOfKeys(context);
  report(context, { keys }, table(keys).join("\n"));
  for (const line of keys.flatMap(advice)) context.note(line);
  return keys.some(isLost) ? 1 : 0;
};

async function statusOfKeys(context: KeyContext): Promise<readonly KeyStatus[]> {
  await using database = openDatabase(context);
  const usage = await database.run(readKeyUsage);
  const abandoned = await database.run(readAbandonedKeys);
  const keys = await ringKeys(context);
  const missing = [...usage.keys()].filter((id) => !keys.some((key) => key.id === id));
  return [
    ...keys.map((key) => ({ ...key, ...(usage.get(key.id) ?? NO_USAGE) })),
    ...missing.map((id) => ({
      id,
      state: abandoned.includes(id) ? ("abandoned" as const) : ("missing" as const),
      createTime: undefined,
      ...(usage.get(id) ?? NO_USAGE),
    })),
  ];
}

async function ringKeys(context: KeyContext): Promise<readonly KeyInfo[]> {
  const { keyRingDir, encryptionKey } = context.config;
  const hasFolder = keyRingDir !== undefined || context.options.dir !== undefined;
  return encryptionKey === undefined || hasFolder
    ? listKeys(folderOf(context))
    : keyRingFromMasterKey(encryptionKey).keys;
}

/** Servers are not ready without such a key. */
function isLost({ state, sealedValues, backupCodeSets, signsNewestSeal }: KeyStatus): boolean {
  const needed = sealedValues > 0 || backupCodeSets > 0 || signsNewestSeal;
  return (state === "missing" || state === "retired") && needed;
}

/** What an operator must know about a key that is not active. */
function advice(key: KeyStatus): string[] {
  if (key.state === "active") return [];
  const gone = key.state !== "decrypt-only";
  const lines: string[] = [];
  if (key.sealedValues > 0)
    lines.push(
      gone
        ? `${key.id}: ${key.sealedValues} sealed values cannot be opened: bring this key back`
        : `${key.id}: ${key.sealedValues} sealed values are to be re-encrypted: countersign keys rewrap`,
    );
  if (key.backupCodeSets > 0)
    lines.push(
      `${key.id}: the backup codes of ${key.backupCodeSets} users are hashes, which nothing re-encrypts; ${
        gone ? "they no longer work" : "they end with this key"
      } unless these users replace them`,
    );
  if (isLost(key))
    lines.push(
      `${key.id}: no server is ready without this key; if it is lost for good: countersign keys abandon ${key.id}`,
    );
  if (key.auditRows > 0 && gone)
    lines.push(`${key.id}: ${key.auditRows} rows of the audit log can no longer be proved`);
  return lines;
}

const HEAD = ["KEY", "STATE", "CREATED", "SEALED VALUES", "BACKUP CODE SETS", "AUDIT ROWS"];

function table(keys: readonly KeyStatus[]): readonly string[] {
  const rows = keys.map((key) => [
    key.id,
    key.state,
    key.createTime?.toISOString() ?? "-",
    String(key.sealedValues),
    String(key.backupCodeSets),
    String(key.auditRows),
  ]);
  return textTable(HEAD, rows);
}
