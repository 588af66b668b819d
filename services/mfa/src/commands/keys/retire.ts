import { randomUUID } from "node:crypto";
import { loadKeyRingFolder, removeKey, retireKey } from "@countersign/field-crypto";
import { auditRowMaker } from "../../crypto/keyed-ports.js";
import { dropBackupCodes } from "../../storage/postgres/enrolment/drop-backup-codes.js";
import { forgetKey, openDatabase, usageByKey } from "./database.js";
import { folderOf, type KeyCommand, type KeyContext, report } from "./key-context.js";
import { requireSettledPromotion } from "./settle.js";

export const retire: KeyCommand = async (context) => {
  const { operand: id, options } = context;
  await requireSettledPromotion(context);
  await requireUnneeded(context);
  if (options.loseBackupCodes === true) await loseBackupCodes(context);
  await retireKey(folderOf(context), id);
  await forget(context);
  report(context, { retired: id }, `key ${id} is retired: it is there, and opens nothing`);
  context.note(`Next, if no errors appear:\n  countersign keys remove ${id}`);
  return 0;
};

export const remove: KeyCommand = async (context) => {
  await requireUnneeded(context);
  await removeKey(folderOf(context), context.operand);
  await forget(context);
  report(context, { removed: context.operand }, `key ${context.operand} is removed`);
  return 0;
};

/** Servers that read the folder no longer need the key. */
async function forget(context: KeyContext): Promise<void> {
  if (context.options.withoutDatabase !== true) await forgetKey(context, context.operand);
}

/** From then on their users are shown that they have none. The audit rows name the command as the caller. */
async function loseBackupCodes(context: KeyContext): Promise<void> {
  if (context.options.withoutDatabase === true) return;
  const ring = await loadKeyRingFolder(folderOf(context));
  const requestId = randomUUID();
  await using database = openDatabase(context);
  const dropped = await dropBackupCodes({
    database,
    keyId: context.operand,
    auditRow: auditRowMaker(ring),
    eventFor: (userId) => ({
      action: "drop_backup_codes",
      outcome: "succeeded",
      method: "backup_code",
      userId,
      actor: {
        caller: "countersign keys retire",
        requestId,
        context: { ipAddress: undefined, userAgent: undefined },
      },
      at: context.now(),
    }),
  });
  context.note(`the backup codes of ${dropped} users are gone`);
}

/** Throws with everything that would be lost with the key and that no flag allows to be lost. */
async function requireUnneeded(context: KeyContext): Promise<void> {
  const { options, operand: id } = context;
  if (options.withoutDatabase === true) return;
  const usage = (await usageByKey(context)).get(id);
  if (usage === undefined) return;
  const losses: string[] = [];
  if (usage.sealedValues > 0)
    losses.push(`${usage.sealedValues} sealed values would never open again: run countersign keys rewrap`);
  if (usage.backupCodeSets > 0 && options.loseBackupCodes !== true)
    losses.push(
      `the backup codes of ${usage.backupCodeSets} users would stop working: let them replace theirs, or give --lose-backup-codes`,
    );
  if (usage.signsNewestSeal)
    losses.push(
      "the newest seal of the audit log is signed under it: wait for the next, or run countersign audit seal",
    );
  if (usage.auditRows > 0 && options.loseAuditProof !== true)
    losses.push(
      `${usage.auditRows} rows of the audit log could no longer be proved: wait for their retention to end, or give --lose-audit-proof`,
    );
  if (losses.length > 0) throw new Error(`key ${id} is still needed:\n  ${losses.join("\n  ")}`);
}
